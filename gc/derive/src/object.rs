//! The expansion of `#[derive(Object)]`.
//!
//! Invariant: the impl has no where clause on the types of fields, since that would make `Rebind` of the impl
//! unprovable (E0803); they are checked by calls in the body of a function.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Lifetime;

use crate::input::HeapType;
use crate::write;

/// `unsafe impl Object`, the check of the fields, and the projections.
pub(crate) fn expand(this: &HeapType) -> TokenStream {
    let (gc, ty, params) = (&this.gc, this.ty(), this.impl_params());
    let wheres = this.wheres_and(&quote!(::mangrove_gc::Object<#gc>));
    let other = Lifetime::new("'__other", Span::mixed_site());
    let rebound = this.rebound(&other);
    let checks = this.all_fields().into_iter().map(|field| {
        let ty = &field.ty;
        quote_spanned!(field.span=> assert_object::<#gc, #ty>();)
    });
    let evaluate = this.static_ty().map(|ty| {
        let span = this.ident.span();
        quote_spanned! {span=>
            const _: &::mangrove_gc::TypeInfo = <#ty as ::mangrove_gc::Object<'static>>::INFO;
        }
    });
    let projections = write::expand(this);
    quote! {
        // SAFETY: every field is `Object`, see below, so none is mutable without the barrier; `Rebind` is this type
        // with its one lifetime and those of its parameters replaced, and nothing else can be borrowed.
        #[automatically_derived]
        #[allow(clippy::all)]
        unsafe impl<#(#params),*> ::mangrove_gc::Object<#gc> for #ty
        where
            #(#wheres,)*
        {
            type Rebind<#other> = #rebound;
        }

        const _: () = {
            #[allow(clippy::all)]
            fn assert_object<'gc, T: ::mangrove_gc::Object<'gc>>() {}
            #[allow(dead_code, clippy::all)]
            fn check_fields<#(#params),*>()
            where
                #(#wheres,)*
            {
                #(#checks)*
            }
        };

        // What the description of the type asserts (alignment, size) fails here.
        #evaluate

        #projections
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expansion(input: &str) -> String {
        expand(&HeapType::new(syn::parse_str(input).unwrap()).unwrap()).to_string()
    }

    #[test]
    fn rebind_replaces_every_parameter() {
        let code = expansion("struct S<'a, T, U: 'static, V, const N: usize> where V: 'static { t: [T; N] }");
        let rebind = "type Rebind < '__other > = S < '__other , \
             < T as :: mangrove_gc :: Object < 'a >> :: Rebind < '__other > , U , V , N > ;";
        assert!(code.contains(rebind), "{code}");
        assert!(expansion("struct S { n: u8 }").contains("type Rebind < '__other > = S < > ;"));
    }

    #[test]
    fn impl_has_no_where_clause_on_fields() {
        let code = expansion("struct S<'gc> { a: Slot<'gc> }");
        assert!(code.contains("for S < 'gc > where { type Rebind"), "{code}");
        assert!(code.contains("assert_object :: < 'gc , Slot < 'gc > > () ;"), "{code}");
    }
}

//! The expansion of `#[derive(Object)]`.
//!
//! Invariant: the impl has no where clause on the types of fields, since that would make `Rebind` of the impl
//! unprovable (E0803); they are checked by calls in the body of a function, which infer each type from the field.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Lifetime;

use crate::input::{Field, HeapType, Shape};
use crate::write;

/// `unsafe impl Object`, the check of the fields, and the projections.
pub(crate) fn expand(this: &HeapType) -> TokenStream {
    let (gc, ty, params) = (&this.gc, this.ty(), this.impl_params());
    let wheres = this.wheres_and(&quote!(::mangrove_gc::Object<#gc>));
    let other = Lifetime::new("'__other", Span::mixed_site());
    let rebound = this.rebound(&other);
    let ident = &this.ident;
    let check = |path: &TokenStream, field: &Field| {
        let (member, bound) = (&field.member, quote!(__field));
        // A raw pointer takes no coercion: `T` is the type of the field itself.
        let check = quote_spanned!(field.span=> assert_object::<#gc, _>(#bound));
        quote!(if let #path { #member: __field, .. } = __this { #check })
    };
    let checks: Vec<_> = match &this.shape {
        Shape::Struct(fields) => fields.iter().map(|field| check(&quote!(#ident), field)).collect(),
        Shape::Enum(variants) => variants
            .iter()
            .flat_map(|(variant, all)| all.iter().map(move |field| (variant, field)))
            .map(|(variant, field)| check(&quote!(#ident::#variant), field))
            .collect(),
    };
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
            #[allow(dead_code, clippy::all)]
            fn assert_object<'gc, T: ::mangrove_gc::Object<'gc>>(_: *const T) {}
            #[allow(dead_code, unreachable_code, unused_variables, irrefutable_let_patterns, clippy::all)]
            fn check_fields<#(#params),*>(__this: &#ty)
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
        assert!(
            code.contains("if let S { a : __field , .. } = __this { assert_object :: < 'gc , _ > (__field) }"),
            "{code}"
        );
    }
}

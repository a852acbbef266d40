//! The expansion of `#[derive(Trace)]`.
//!
//! Invariant: `trace` destructures without `..`, so a field that it does not visit does not compile; and each field is
//! pinned to the type whose `NEEDS_TRACE`, `MAP` and `trace` are used.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use crate::input::{Field, HeapType, Shape};

/// `unsafe impl Trace` and the refusal of `Drop`.
pub(crate) fn expand(this: &HeapType) -> TokenStream {
    let (gc, ty, params) = (&this.gc, this.ty(), this.impl_params());
    let (own_params, own_wheres) = (this.params(), this.wheres());
    let wheres = this.wheres_and(&quote!(::mangrove_gc::Trace<#gc>));
    let needs = this.all_fields().into_iter().map(|field| needs_trace(this, field));
    let (map, body) = match &this.shape {
        Shape::Struct(fields) => (Some(pointer_map(this, fields)), visit_struct(this, fields)),
        Shape::Enum(variants) => (None, visit_enum(this, variants)),
    };
    let evaluate = this.static_ty().map(|ty| {
        let span = this.ident.span();
        quote_spanned!(span=> const _: ::core::primitive::bool = <#ty as ::mangrove_gc::Trace<'static>>::NEEDS_TRACE;)
    });
    quote! {
        // SAFETY: `trace` destructures the type and visits each field by the field's own `Trace`, which the contract
        // of that trait makes complete; `MAP` is made of the fields' maps in the same way. There is no `Drop`, see
        // below.
        #[automatically_derived]
        #[allow(clippy::all)]
        unsafe impl<#(#params),*> ::mangrove_gc::Trace<#gc> for #ty
        where
            #(#wheres,)*
        {
            const NEEDS_TRACE: ::core::primitive::bool = false #(|| #needs)*;
            #map
            #[inline]
            #[allow(unused_variables, clippy::all)]
            fn trace(&mut self, __visitor: &mut ::mangrove_gc::Visitor<'_, #gc>) {
                #body
            }
        }

        // Every type with a `Drop` has this trait: an impl of both conflicts.
        #[automatically_derived]
        #[allow(clippy::all)]
        impl<#(#own_params),*> ::mangrove_gc::__private::MustNotImplDrop for #ty
        where
            #(#own_wheres,)*
        {
        }

        // A type that contains itself fails here, as a cycle.
        #evaluate
    }
}

fn needs_trace(this: &HeapType, field: &Field) -> TokenStream {
    let (gc, ty) = (&this.gc, &field.ty);
    quote_spanned!(field.span=> <#ty as ::mangrove_gc::Trace<#gc>>::NEEDS_TRACE)
}

/// `MAP` of a struct: the maps of its fields, at their offsets.
fn pointer_map(this: &HeapType, fields: &[Field]) -> TokenStream {
    let gc = &this.gc;
    let fields = fields.iter().map(|field| {
        let (ty, member, name) = (&field.ty, &field.member, field.name());
        let map = quote_spanned!(field.span=> <#ty as ::mangrove_gc::Trace<#gc>>::MAP);
        quote!(.field(&#map, ::mangrove_gc::__private::offset_of!(Self, #member), #name))
    });
    quote! {
        const MAP: ::mangrove_gc::PointerMap = ::mangrove_gc::PointerMap::EMPTY #(#fields)*;
    }
}

fn visit_struct(this: &HeapType, fields: &[Field]) -> TokenStream {
    let (pattern, visits) = visit_fields(this, fields);
    quote! {
        let Self { #pattern } = self;
        #visits
    }
}

fn visit_enum(this: &HeapType, variants: &[(syn::Ident, Vec<Field>)]) -> TokenStream {
    if variants.is_empty() {
        return quote!(match *self {});
    }
    let arms = variants.iter().map(|(ident, fields)| {
        let (pattern, visits) = visit_fields(this, fields);
        quote!(Self::#ident { #pattern } => { #visits })
    });
    quote!(match self { #(#arms)* })
}

/// The pattern that binds each field, and the visit of each.
fn visit_fields(this: &HeapType, fields: &[Field]) -> (TokenStream, TokenStream) {
    let gc = &this.gc;
    let (mut pattern, mut visits) = (TokenStream::new(), TokenStream::new());
    for (index, field) in fields.iter().enumerate() {
        let (ty, member, bound) = (&field.ty, &field.member, format_ident!("__field_{index}"));
        let needs = needs_trace(this, field);
        let trace = quote_spanned!(field.span=> <#ty as ::mangrove_gc::Trace<#gc>>::trace);
        pattern.extend(quote!(#member: #bound,));
        visits.extend(quote! {
            // A raw pointer takes no deref coercion: the field is of this very type.
            let _: *mut #ty = &mut *#bound;
            if #needs {
                #trace(#bound, __visitor);
            }
        });
    }
    (pattern, visits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expansion(input: &str) -> String {
        expand(&HeapType::new(syn::parse_str(input).unwrap()).unwrap()).to_string()
    }

    #[test]
    fn trace_destructures_every_field() {
        let code = expansion("struct S<'gc> { a: Value<'gc>, b: u8 }");
        assert!(code.contains("let Self { a : __field_0 , b : __field_1 , } = self ;"), "{code}");
        let code = expansion("enum E<'gc> { A(Value<'gc>, u8), B { x: u8 }, C }");
        for arm in ["A { 0 : __field_0 , 1 : __field_1 , }", "B { x : __field_0 , }", "C { }"] {
            assert!(code.contains(arm), "{code}");
        }
        assert!(!code.contains(". ."), "{code}");
    }

    #[test]
    fn field_type_is_pinned_without_coercion() {
        let code = expansion("struct S<'gc> { a: Value<'gc> }");
        assert!(code.contains("let _ : * mut Value < 'gc > = & mut * __field_0 ;"), "{code}");
    }

    #[test]
    fn map_asks_each_field() {
        let code = expansion("struct S<'gc>(u64, Value<'gc>);");
        for (ty, index) in [("u64", 0), ("Value < 'gc >", 1)] {
            let field = format!(
                ". field (& < {ty} as :: mangrove_gc :: Trace < 'gc >> :: MAP , \
                 :: mangrove_gc :: __private :: offset_of ! (Self , {index}) , \"{index}\")"
            );
            assert!(code.contains(&field), "{field}\n{code}");
        }
        assert!(!expansion("enum E<'gc> { A(Value<'gc>) }").contains("MAP :"));
    }
}

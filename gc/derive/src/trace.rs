//! The expansion of `#[derive(Trace)]`.
//!
//! Invariant: `trace` destructures without `..`, so a field that it does not visit does not compile; and no type
//! of a field is spelled: `NEEDS_TRACE`, `MAP` and `trace` are those of the type that the field has. Whatever decides is
//! reached from `Trace` itself, by inherent methods: a crate may call other things `mangrove_gc` and `core`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::input::{Field, HeapType, Shape};

/// `unsafe impl Trace` and the refusal of `Drop`.
pub(crate) fn expand(this: &HeapType) -> TokenStream {
    let (gc, ty, params) = (&this.gc, this.ty(), this.impl_params());
    let (own_params, own_wheres) = (this.params(), this.wheres());
    let wheres = this.wheres_and(&quote!(::mangrove_gc::Trace<#gc>));
    let fields = fields_of(this);
    let (needs, map, body) = match &this.shape {
        Shape::Struct(all) => (needs_trace(this, &quote!(Self), all), Some(pointer_map(this, all)), visit_struct(all)),
        Shape::Enum(variants) => {
            let needs = variants.iter().flat_map(|(ident, all)| needs_trace(this, &quote!(Self::#ident), all));
            (needs.collect(), None, visit_enum(variants))
        }
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
            #[allow(unused_variables, unreachable_patterns, unreachable_code, clippy::all)]
            const NEEDS_TRACE: ::core::primitive::bool = {
                // No `Drop`, even where the impl below is of another crate's `MustNotImplDrop`.
                #fields.no_drop();
                // Not `||`: each is asked, so that a type that contains itself is found out.
                false #(| #needs)*
            };
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

/// The constant that everything starts from: no crate can put another in its place.
fn fields_of(this: &HeapType) -> TokenStream {
    let gc = &this.gc;
    quote!(<Self as ::mangrove_gc::Trace<#gc>>::__FIELDS)
}

/// Errors stand where the field does, while names mean what they mean to the derive.
fn at(field: &Field) -> Span {
    Span::call_site().located_at(field.span)
}

/// For each field of the struct or variant at `path`, whether it needs to be visited.
fn needs_trace(this: &HeapType, path: &TokenStream, fields: &[Field]) -> Vec<TokenStream> {
    let of = fields_of(this);
    let needs = |field: &Field| {
        let member = &field.member;
        let (gc, span) = (&this.gc, at(field));
        let get = quote_spanned! {span=>
            |__this| match __this {
                #path { #member: __field, .. } => __field,
                _ => loop {},
            }
        };
        quote_spanned!(span=> #of.needs_trace::<#gc, _>(#get))
    };
    fields.iter().map(needs).collect()
}

/// `MAP` of a struct: the maps of its fields, at their offsets.
fn pointer_map(this: &HeapType, fields: &[Field]) -> TokenStream {
    let (gc, of) = (&this.gc, fields_of(this));
    let adds = fields.iter().map(|field| {
        let (member, name) = (&field.member, field.name());
        let add = quote_spanned!(at(field)=> #of.add::<#gc, _>(__map, __base, &raw const (*__base).#member, #name));
        quote! {
            // SAFETY: the field is in the memory whose address is `__base`.
            let __map = unsafe { #add };
        }
    });
    quote! {
        #[allow(unused_variables, clippy::all)]
        const MAP: ::mangrove_gc::PointerMap = {
            let __memory = #of.memory();
            let __base = #of.base(&__memory);
            let __map = #of.map();
            #(#adds)*
            __map
        };
    }
}

fn visit_struct(fields: &[Field]) -> TokenStream {
    let (pattern, visits) = visit_fields(fields);
    quote! {
        let Self { #pattern } = self;
        #visits
    }
}

fn visit_enum(variants: &[(syn::Ident, Vec<Field>)]) -> TokenStream {
    if variants.is_empty() {
        return quote!(match *self {});
    }
    let arms = variants.iter().map(|(ident, fields)| {
        let (pattern, visits) = visit_fields(fields);
        quote!(Self::#ident { #pattern } => { #visits })
    });
    quote!(match self { #(#arms)* })
}

/// The pattern that binds each field, and the visit of each.
fn visit_fields(fields: &[Field]) -> (TokenStream, TokenStream) {
    let (mut pattern, mut visits) = (TokenStream::new(), TokenStream::new());
    for (index, field) in fields.iter().enumerate() {
        let (member, bound) = (&field.member, format_ident!("__field_{index}", span = at(field)));
        pattern.extend(quote!(#member: #bound,));
        // The parameter is a bare `&mut T`: there is nothing to coerce to, so `T` is the type of the field.
        visits.extend(quote_spanned!(at(field)=> __visitor.__field(#bound);));
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
    fn no_type_of_a_field_is_spelled() {
        let code = expansion("struct S<'gc> { a: Odd<'gc> }") + &expansion("enum E<'gc> { A { a: Odd<'gc> } }");
        assert!(!code.contains("Odd") && !code.contains("offset_of"), "{code}");
        assert!(code.contains("__visitor . __field (__field_0)"), "{code}");
    }

    #[test]
    fn map_asks_each_field() {
        let code = expansion("struct S<'gc>(u64, Value<'gc>);");
        for index in 0..2 {
            let field = format!("add :: < 'gc , _ > (__map , __base , & raw const (* __base) . {index} , \"{index}\")");
            assert!(code.contains(&field), "{field}\n{code}");
        }
        assert!(!expansion("enum E<'gc> { A(Value<'gc>) }").contains("MAP :"));
    }
}

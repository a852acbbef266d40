//! The projections of `#[derive(Object)]`: from the witness of an object to the witness of a field.
//!
//! Invariant: a projection takes no closure and no argument, so what it returns is a field of the object that was
//! logged (SOUNDNESS, hole 5); and it is as visible as its field.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Ident, Member, Visibility};

use crate::input::{Field, HeapType, Shape};

/// One trait for each visibility that the fields have; none for enums, whose fields cannot be named.
pub(crate) fn expand(this: &HeapType) -> TokenStream {
    let Shape::Struct(fields) = &this.shape else {
        return TokenStream::new();
    };
    let mut groups: Vec<(Ident, &Visibility, Vec<&Field>)> = Vec::new();
    for field in fields {
        let (suffix, vis) = group(&this.vis, &field.vis);
        let name = format_ident!("{}Write{suffix}", this.ident);
        let place = groups.iter().position(|(_, v, _)| same(v, vis)).unwrap_or_else(|| {
            // Two paths of `pub(in …)` need two names.
            let taken = groups.iter().any(|(n, ..)| *n == name);
            let name = if taken { format_ident!("{name}{}", groups.len()) } else { name };
            groups.push((name, vis, Vec::new()));
            groups.len() - 1
        });
        groups[place].2.push(field);
    }
    groups.into_iter().map(|(name, vis, fields)| projections(this, &name, vis, &fields)).collect()
}

/// The suffix and the visibility of the trait for a field. A field that may be named wherever the type may is in the
/// trait without a suffix.
fn group<'a>(of_type: &'a Visibility, of_field: &'a Visibility) -> (&'static str, &'a Visibility) {
    let crate_wide = |vis: &Visibility| matches!(vis, Visibility::Restricted(r) if r.path.is_ident("crate"));
    let whole = private(of_type)
        || matches!(of_field, Visibility::Public(_))
        || crate_wide(of_field) && !matches!(of_type, Visibility::Public(_))
        || same(of_type, of_field);
    match of_field {
        _ if whole => ("", of_type),
        field if private(field) => ("Private", field),
        Visibility::Restricted(r) if r.path.is_ident("crate") => ("Crate", of_field),
        Visibility::Restricted(r) if r.path.is_ident("super") => ("Super", of_field),
        _ => ("In", of_field),
    }
}

fn private(vis: &Visibility) -> bool {
    match vis {
        Visibility::Inherited => true,
        Visibility::Restricted(r) => r.path.is_ident("self"),
        Visibility::Public(_) => false,
    }
}

fn same(a: &Visibility, b: &Visibility) -> bool {
    private(a) && private(b) || a.to_token_stream().to_string() == b.to_token_stream().to_string()
}

fn projections(this: &HeapType, name: &Ident, vis: &Visibility, fields: &[&Field]) -> TokenStream {
    let (ident, ty, params, args, wheres) = (&this.ident, this.ty(), this.params(), this.args(), this.wheres());
    let doc = format!("Witnesses for the fields of a `{ident}` that was announced to the collector.");
    let (mut declared, mut implemented) = (TokenStream::new(), TokenStream::new());
    for field in fields {
        let (member, field_ty) = (&field.member, &field.ty);
        let method = match member {
            Member::Named(ident) => ident.clone(),
            Member::Unnamed(index) => format_ident!("_{}", index.index),
        };
        let doc = format!("The witness for the field `{}`.", field.name());
        declared.extend(quote! {
            #[doc = #doc]
            fn #method(&self) -> &::mangrove_gc::Write<#field_ty>;
        });
        implemented.extend(quote! {
            #[inline(always)]
            fn #method(&self) -> &::mangrove_gc::Write<#field_ty> {
                // A pattern goes through no `Deref` of the type, a raw pointer takes no coercion: it is this field.
                let #ident { #member: __field, .. } = ::mangrove_gc::Write::<#ty>::__owner(self);
                // SAFETY: the owner of `self` was logged, and the field is part of the same owner.
                unsafe { ::mangrove_gc::Write::<#ty>::__project(self, __field) }
            }
        });
    }
    let allow = quote!(#[allow(
        dead_code,
        non_snake_case,
        non_camel_case_types,
        private_bounds,
        private_interfaces,
        unreachable_pub,
        clippy::all
    )]);
    quote! {
        #[doc = #doc]
        #allow
        #vis trait #name<#(#params),*>
        where
            #(#wheres,)*
        {
            #declared
        }

        #[automatically_derived]
        #allow
        impl<#(#params),*> #name<#(#args),*> for ::mangrove_gc::Write<#ty>
        where
            #(#wheres,)*
        {
            #implemented
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(input: &str) -> Vec<String> {
        let code = expand(&HeapType::new(syn::parse_str(input).unwrap()).unwrap());
        let file: syn::File = syn::parse2(code).unwrap();
        let name = |item| match item {
            syn::Item::Trait(t) => {
                let methods = t.items.iter().map(|item| match item {
                    syn::TraitItem::Fn(f) => f.sig.ident.to_string(),
                    _ => unreachable!("only methods"),
                });
                let methods = methods.collect::<Vec<_>>().join(" ");
                Some(format!("{} {}: {methods}", t.vis.to_token_stream(), t.ident).trim().to_owned())
            }
            _ => None,
        };
        file.items.into_iter().filter_map(name).collect()
    }

    #[test]
    fn projections_follow_visibility() {
        assert_eq!(traits("struct S { a: u8, pub b: u8, pub(crate) c: u8 }"), ["SWrite: a b c"]);
        assert_eq!(
            traits("pub struct S { pub a: u8, b: u8, pub(crate) c: u8, pub(super) d: u8, pub(self) e: u8 }"),
            ["pub SWrite: a", "SWritePrivate: b e", "pub (crate) SWriteCrate: c", "pub (super) SWriteSuper: d"]
        );
        assert_eq!(
            traits("pub(crate) struct S { pub a: u8, pub(crate) b: u8, c: u8 }"),
            ["pub (crate) SWrite: a b", "SWritePrivate: c"]
        );
        assert_eq!(
            traits("pub struct S { pub(in crate::a) a: u8, pub(in crate::b) b: u8 }"),
            ["pub (in crate :: a) SWriteIn: a", "pub (in crate :: b) SWriteIn1: b"]
        );
    }

    #[test]
    fn every_kind_of_name_is_a_method() {
        assert_eq!(traits("struct S { r#type: u8 }"), ["SWrite: r#type"]);
        assert_eq!(traits("struct S(u8, u8);"), ["SWrite: _0 _1"]);
        assert_eq!(traits("struct r#fn { a: u8 }"), ["fnWrite: a"]);
        assert!(traits("struct S;").is_empty() && traits("enum E { A { a: u8 } }").is_empty());
    }
}

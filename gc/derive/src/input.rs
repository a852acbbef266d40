//! [`HeapType`]: the input of both derives, with everything refused that they cannot make sound.
//!
//! Invariant: whoever holds a `HeapType` may assume one lifetime at most, no bounds on it, no union, nothing packed,
//! and no `Self` and no macro in the types of fields.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Fields, GenericParam, Generics, Ident, Lifetime, Member, Result, TypeParam,
    TypeParamBound, Visibility, WherePredicate,
};

/// A type to derive for.
pub(crate) struct HeapType {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    /// The lifetime of the heap: the type's own, or one that the impl declares.
    pub(crate) gc: Lifetime,
    pub(crate) shape: Shape,
    has_lifetime: bool,
    generics: Generics,
}

/// Struct or enum.
pub(crate) enum Shape {
    Struct(Vec<Field>),
    Enum(Vec<(Ident, Vec<Field>)>),
}

/// A field of a struct or of a variant.
pub(crate) struct Field {
    pub(crate) vis: Visibility,
    pub(crate) member: Member,
    /// Its type, with `Self` spelled out, each token where the user wrote it.
    pub(crate) ty: TokenStream,
    /// Where the type stands, for errors.
    pub(crate) span: Span,
}

impl Field {
    /// Its name as people read it: no `r#`.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(ident) => ident.to_string().trim_start_matches("r#").to_owned(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }
}

impl HeapType {
    /// Checks the input.
    pub(crate) fn new(input: DeriveInput) -> Result<Self> {
        refuse_packed(&input)?;
        let DeriveInput { vis, ident, generics, data, .. } = input;
        let own = only_lifetime(&generics)?;
        let mut this = HeapType {
            vis,
            ident,
            gc: own.clone().unwrap_or_else(|| Lifetime::new("'__gc", Span::call_site())),
            shape: Shape::Struct(Vec::new()),
            has_lifetime: own.is_some(),
            generics,
        };
        this.shape = match data {
            Data::Struct(data) => Shape::Struct(this.fields(data.fields)?),
            Data::Enum(data) => {
                let variants = data.variants.into_iter().map(|v| Ok((v.ident, this.fields(v.fields)?)));
                Shape::Enum(variants.collect::<Result<_>>()?)
            }
            Data::Union(data) => {
                return Err(Error::new(
                    data.union_token.span,
                    "a union cannot be traced: which of its fields is live is not known; use an enum",
                ));
            }
        };
        Ok(this)
    }

    fn fields(&self, fields: Fields) -> Result<Vec<Field>> {
        let this = self.ty();
        let members: Vec<_> = fields.members().collect();
        let field = |(field, member): (syn::Field, Member)| {
            let ty = field.ty.to_token_stream();
            refuse_macros(ty.clone())?;
            Ok(Field { span: field.ty.span(), ty: spell_out_self(ty, &this), vis: field.vis, member })
        };
        fields.into_iter().zip(members).map(field).collect()
    }

    /// All fields, of all variants.
    #[cfg(test)]
    fn all_fields(&self) -> Vec<&Field> {
        match &self.shape {
            Shape::Struct(fields) => fields.iter().collect(),
            Shape::Enum(variants) => variants.iter().flat_map(|(_, fields)| fields).collect(),
        }
    }

    /// The type with its own parameters: `X<'gc, T, N>`.
    pub(crate) fn ty(&self) -> TokenStream {
        self.ty_with(&self.gc, |param| param.ident.to_token_stream())
    }

    /// The type for `'static`, if that needs no choice of type or const parameters.
    pub(crate) fn static_ty(&self) -> Option<TokenStream> {
        let concrete = self.generics.params.iter().all(|param| matches!(param, GenericParam::Lifetime(_)));
        concrete.then(|| self.ty_with(&Lifetime::new("'static", Span::call_site()), |_| TokenStream::new()))
    }

    /// The type for lifetime `to`, its type parameters rebound as well.
    pub(crate) fn rebound(&self, to: &Lifetime) -> TokenStream {
        let gc = &self.gc;
        self.ty_with(to, |param| {
            let ident = &param.ident;
            if self.is_static(param) {
                quote!(#ident)
            } else {
                quote!(<#ident as ::mangrove_gc::Object<#gc>>::Rebind<#to>)
            }
        })
    }

    fn ty_with(&self, lifetime: &Lifetime, param: impl Fn(&TypeParam) -> TokenStream) -> TokenStream {
        let ident = &self.ident;
        let args = self.generics.params.iter().map(|p| match p {
            GenericParam::Lifetime(_) => quote!(#lifetime),
            GenericParam::Type(t) => param(t),
            GenericParam::Const(c) => c.ident.to_token_stream(),
        });
        quote!(#ident<#(#args),*>)
    }

    /// The type's parameters as an item declares them, with their bounds and without defaults: `'gc, T: B`.
    pub(crate) fn params(&self) -> Vec<TokenStream> {
        let param = |param: &GenericParam| match param {
            GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_token_stream(),
            GenericParam::Type(TypeParam { ident, bounds, .. }) => quote!(#ident: #bounds),
            GenericParam::Const(c) => {
                let (ident, ty) = (&c.ident, &c.ty);
                quote!(const #ident: #ty)
            }
        };
        self.generics.params.iter().map(param).collect()
    }

    /// The parameters of an impl of a trait with the heap's lifetime.
    pub(crate) fn impl_params(&self) -> Vec<TokenStream> {
        let own = (!self.has_lifetime).then(|| self.gc.to_token_stream());
        own.into_iter().chain(self.params()).collect()
    }

    /// The names of the type's parameters, as arguments: `'gc, T, N`.
    pub(crate) fn args(&self) -> Vec<TokenStream> {
        let arg = |param: &GenericParam| match param {
            GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_token_stream(),
            GenericParam::Type(t) => t.ident.to_token_stream(),
            GenericParam::Const(c) => c.ident.to_token_stream(),
        };
        self.generics.params.iter().map(arg).collect()
    }

    /// The type's own where clauses.
    pub(crate) fn wheres(&self) -> Vec<TokenStream> {
        self.generics.where_clause.iter().flat_map(|w| w.predicates.iter().map(ToTokens::to_token_stream)).collect()
    }

    /// The type's where clauses, and `T: bound` for each type parameter that is not `'static`.
    pub(crate) fn wheres_and(&self, bound: &TokenStream) -> Vec<TokenStream> {
        let bounded = self.generics.type_params().filter(|param| !self.is_static(param)).map(|param| {
            let ident = &param.ident;
            quote!(#ident: #bound)
        });
        self.wheres().into_iter().chain(bounded).collect()
    }

    /// Whether the parameter is declared `T: 'static`, in either place.
    fn is_static(&self, param: &TypeParam) -> bool {
        let is_static = |b: &TypeParamBound| matches!(b, TypeParamBound::Lifetime(l) if l.ident == "static");
        param.bounds.iter().any(is_static)
            || self.generics.where_clause.iter().flat_map(|w| &w.predicates).any(|predicate| match predicate {
                WherePredicate::Type(p) => {
                    param.ident == p.bounded_ty.to_token_stream().to_string() && p.bounds.iter().any(is_static)
                }
                _ => false,
            })
    }
}

/// References to the fields of a packed struct are not aligned.
fn refuse_packed(input: &DeriveInput) -> Result<()> {
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("packed") {
                return Err(meta.error("a packed type cannot be traced: its fields cannot be borrowed"));
            }
            // The argument of `align(8)`.
            if meta.input.peek(syn::token::Paren) {
                meta.input.parse::<Group>()?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// A macro is expanded anew wherever the type stands, and may give another type each time.
fn refuse_macros(ty: TokenStream) -> Result<()> {
    let (mut before, mut tokens) = (None, ty.into_iter().peekable());
    while let Some(token) = tokens.next() {
        match (&before, &token) {
            (Some(TokenTree::Ident(name)), TokenTree::Punct(bang))
                if bang.as_char() == '!' && matches!(tokens.peek(), Some(TokenTree::Group(_))) =>
            {
                return Err(Error::new(
                    name.span(),
                    "a macro in the type of a traced field could give another type each time it is expanded; name the \
                     type, or a `type` or `const` that the macro gives",
                ));
            }
            (_, TokenTree::Group(group)) => refuse_macros(group.stream())?,
            _ => {}
        }
        before = Some(token);
    }
    Ok(())
}

/// The type's one lifetime, if it has any.
fn only_lifetime(generics: &Generics) -> Result<Option<Lifetime>> {
    const BOUND: &str = "the lifetime of the heap has no bounds: it is for any one `mutate` call";
    let mut lifetimes = generics.lifetimes();
    let own = lifetimes.next();
    if let Some(second) = lifetimes.next() {
        return Err(Error::new(
            second.lifetime.span(),
            "a traced type has one lifetime, that of the heap: what another one borrows could be gone while this type \
             is still in use; own the data, or share it by `Gc` or `Static<Rc<…>>`",
        ));
    }
    if let Some(bound) = own.and_then(|own| own.bounds.first()) {
        return Err(Error::new(bound.span(), BOUND));
    }
    for predicate in generics.where_clause.iter().flat_map(|w| &w.predicates) {
        if let WherePredicate::Lifetime(predicate) = predicate {
            return Err(Error::new(predicate.span(), BOUND));
        }
    }
    Ok(own.map(|own| own.lifetime.clone()))
}

/// Replaces `Self` by the type, since the projections stand in impls where `Self` is another.
fn spell_out_self(tokens: TokenStream, this: &TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut out = TokenStream::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let path = matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == ':');
                out.extend(if path { quote!(<#this>) } else { this.clone() });
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), spell_out_self(group.stream(), this));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            other => out.extend([other]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(input: &str) -> String {
        match HeapType::new(syn::parse_str(input).unwrap()) {
            Ok(_) => panic!("not refused: {input}"),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn what_cannot_be_sound_is_refused() {
        assert!(refusal("union U { a: u64 }").contains("union"));
        assert!(refusal("#[repr(C, packed)] struct P { a: u8 }").contains("packed"));
        assert!(refusal("#[repr(packed(2), C)] struct P { a: u8 }").contains("packed"));
        assert!(refusal("#[repr(C)] #[repr(align(8), packed)] struct P { a: u8 }").contains("packed"));
        assert!(refusal("struct S { a: pm::ty!() }").contains("macro"));
        assert!(refusal("enum E { A(Vec<(u8, Option<ty! { x }>)>) }").contains("macro"));
        assert!(refusal("struct S { a: [u8; size!()] }").contains("macro"));
        assert!(refusal("struct S<'gc, 'a> { a: &'a Value<'gc> }").contains("one lifetime"));
        assert!(refusal("struct S<'gc: 'static> { a: Value<'gc> }").contains("no bounds"));
        assert!(refusal("struct S<'gc> where 'gc: 'static { a: Value<'gc> }").contains("no bounds"));
    }

    #[test]
    fn other_reprs_are_taken() {
        for repr in ["C", "transparent", "align(16)", "C, align(8)", "u8"] {
            HeapType::new(syn::parse_str(&format!("#[repr({repr})] struct S {{ a: u8 }}")).unwrap()).unwrap();
        }
    }

    #[test]
    fn self_is_spelled_out_at_any_depth() {
        let input = "struct Node<'a, T> { next: Option<Gc<'a, Self>>, n: [u8; Self::N], f: (Self, T) }";
        let this = HeapType::new(syn::parse_str(input).unwrap()).unwrap();
        let types: Vec<_> = this.all_fields().iter().map(|field| field.ty.to_string()).collect();
        assert!(types.iter().all(|ty| !ty.contains("Self")), "{types:?}");
        assert!(types[0].contains("Node < 'a , T >") && types[1].contains("< Node < 'a , T > > :: N"), "{types:?}");
    }
}

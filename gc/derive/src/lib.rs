//! stub
use proc_macro::TokenStream;
/// stub
#[proc_macro_derive(Trace)]
pub fn trace(_: TokenStream) -> TokenStream { TokenStream::new() }
/// stub
#[proc_macro_derive(Object)]
pub fn object(_: TokenStream) -> TokenStream { TokenStream::new() }

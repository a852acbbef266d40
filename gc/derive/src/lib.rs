//! The derives of `mangrove-gc`: [`macro@Trace`] and [`macro@Object`].
//!
//! Users meet them as `mangrove_gc::{Trace, Object}`. Both traits are `unsafe`; these derives are the safe way to
//! implement them, so what they refuse and what they emit is part of the soundness argument (`SOUNDNESS.md`).
//!
//! ```text
//!   derive input ──► input::HeapType ──► trace::expand    unsafe impl Trace, impl MustNotImplDrop
//!                    (all refusals)  └─► object::expand   unsafe impl Object, field checks
//!                                        └─► write::expand   the `…Write` projections
//! ```
//!
//! # Invariants
//!
//! Files are those of `tests/tests/ui/`: none compiles, but for `pass_*.rs`. Names in `holes::` are tests of
//! `tests/tests/holes/`, under zeal. Other names are tests of this crate.
//!
//! | invariant | enforced by |
//! | --- | --- |
//! | every field is visited; no attribute skips one; a field that is added cannot be forgotten | `field_skipped_by_attribute.rs`, `trace_destructures_every_field`, `holes::derives::every_field_of_every_shape_is_visited` |
//! | what is called is `Trace::trace` of the field's own type, never a method of the same name, never through a deref coercion | `pass_shapes.rs`, `holes::derives` (its `Decoy`), `no_type_of_a_field_is_spelled` |
//! | pointer maps are made of the fields' maps and offsets, never of how a type is spelled, of a macro, or of what a crate calls `mangrove_gc` or `core` | `macro_as_field_type.rs`, `pass_crate_named_mangrove_gc.rs`, `witness_of_another_type.rs`, `drop_behind_another_trait.rs`, `map_asks_each_field`, `holes::derives::map_lists_every_slot_under_its_field` |
//! | no `Drop`, no union, no `repr(packed)` | `drop_on_traced_type.rs`, `union_traced.rs`, `packed_traced.rs` |
//! | one lifetime, without bounds: nothing else is borrowed | `second_lifetime.rs`, `second_lifetime_in_phantom.rs`, `lifetime_with_bound.rs` |
//! | `Rebind<'b>` is the same type with its lifetime, and the parameters' lifetimes, replaced by `'b` | `downcast_to_static.rs`, `rebind_replaces_every_parameter` |
//! | a field of a heap type is `Object`, not only `Trace` | `object_field_only_trace.rs` |
//! | a type that contains itself by value through a `Vec` does not compile: its trace would recurse as deep as the data | `recursive_vec.rs` |
//! | a projection gives a witness for a field of the same object, and is as visible as that field | `slot_of_another_object.rs`, `projection_of_private_field.rs`, `projections_follow_visibility` |

mod input;
mod object;
mod trace;
mod write;

use proc_macro::TokenStream;
use syn::DeriveInput;

use input::HeapType;

/// Implements `mangrove_gc::Trace`: the type may be a root, or a part of one.
///
/// For structs and enums whose fields are all `Trace`. The lifetime may have any name; a type without one can hold
/// no heap value directly, but its type parameters may. A type parameter `T` gets the bound `T: Trace<'gc>`, unless
/// it is declared `T: 'static`: then it may be used inside `Static<T>` only. Const parameters are taken as they are.
///
/// # What is refused, and why
///
/// - **Unions, `repr(packed)`**: which field is live is unknown; fields cannot be visited as `&mut`.
/// - **A `Drop` impl**: it would see values that are dead or have moved. Native data with a `Drop` lives in
///   `Static<T>`. The error is a conflict with `MustNotImplDrop`.
/// - **A second lifetime, also in a `PhantomData`, and bounds on the lifetime**: what they borrow would not be
///   checked when the type is rebound to another `'gc`, and could be used after it is gone.
/// - **A field that is not `Trace`**: `Cell`, `RefCell`, `Rc`, `Arc`, `Box`, trait objects, maps keyed by values. Each
///   can hide a value from the collector, or run foreign code during a collection.
/// - **A type that contains itself through `Vec`**: its trace would overflow the stack on deep data. Use `Gc<'gc, Self>`.
///   A generic type is found out where it is first used with a heap.
///
/// No attribute skips a field.
#[proc_macro_derive(Trace)]
pub fn derive_trace(input: TokenStream) -> TokenStream {
    expand(input, trace::expand)
}

/// Implements `mangrove_gc::Object`: the type may live in the heap. Derive `Trace` too.
///
/// Fields must be `Object`. It emits `type Rebind<'b> = X<'b>` and nothing else for the trait; type parameters get
/// the bound `T: Object<'gc>` and are rebound as well, unless they are declared `T: 'static`. Bounds on parameters
/// must hold after rebinding too.
///
/// # Projections
///
/// For a struct `Pair { first, second }` it declares `trait PairWrite` with a method for each field, implemented for
/// `Write<Pair>`: `pair.write(mc).second()` is a `&Write<…>` of that field of that object, through which slots are
/// set. Fields of tuple structs are `_0`, `_1`, …. Where a field's name is also that of a method in scope, call
/// `PairWrite::deref(pair.write(mc))`.
///
/// A projection is as visible as its field. Fields that are less visible than the type have a trait of their own:
/// `PairWritePrivate`, `PairWriteCrate` (`pub(crate)`), `PairWriteSuper`, `PairWriteIn` (`pub(in …)`). In the module of
/// the type all are in scope; elsewhere `use` the one you need.
///
/// # What is refused, and why
///
/// What the derive of `Trace` refuses, and:
///
/// - **A field that is `Trace` but not `Object`**: a map in the root may change without the barrier, one in the heap may
///   not; a task scheduler must be part of the root.
/// - **An alignment above 16**: objects are moved to 16-aligned addresses at most.
#[proc_macro_derive(Object)]
pub fn derive_object(input: TokenStream) -> TokenStream {
    expand(input, object::expand)
}

fn expand(input: TokenStream, with: fn(&HeapType) -> proc_macro2::TokenStream) -> TokenStream {
    let parsed = syn::parse::<DeriveInput>(input).and_then(HeapType::new);
    parsed.map(|this| with(&this)).unwrap_or_else(syn::Error::into_compile_error).into()
}

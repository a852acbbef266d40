//! Hole 1, the other way round: compiles only while none of these is `Send` or `Sync`.
use mangrove_gc::{Gc, Handle, Heap, Mutation, Roots, Slot, SlotVec, Tail, Value, Weak, WeakMap, Write};
use mangrove_scheduler::{TaskId, TaskScheduler};

struct Vm;
impl Roots for Vm {
    type Root<'gc> = Vec<Value<'gc>>;
}

/// Two impls apply to a type that is `Send` or `Sync`, and then `A` cannot be inferred.
trait AmbiguousIfThreaded<A> {
    fn check() {}
}
struct IfSend;
struct IfSync;
impl<T: ?Sized> AmbiguousIfThreaded<()> for T {}
impl<T: ?Sized + Send> AmbiguousIfThreaded<IfSend> for T {}
impl<T: ?Sized + Sync> AmbiguousIfThreaded<IfSync> for T {}

macro_rules! neither {
    ($($t:ty),* $(,)?) => { $( <$t as AmbiguousIfThreaded<_>>::check(); )* };
}

fn main() {
    neither!(
        Value<'static>,
        Gc<'static, u8>,
        Weak<'static, u8>,
        Slot<'static>,
        SlotVec<'static>,
        Tail<'static, u8>,
        WeakMap<'static>,
        Write<Slot<'static>>,
        Mutation<'static>,
        &'static Mutation<'static>,
        Heap<Vm>,
        Handle<u8>,
        TaskId<'static>,
        TaskScheduler<'static>,
    );
}

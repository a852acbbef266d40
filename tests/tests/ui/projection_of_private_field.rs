//! A projection is as visible as its field: a witness does not open what a module keeps to itself.
use mangrove_gc::{Gc, Mutation, Value};

mod account {
    use mangrove_gc::{Object, Slot, Trace};

    #[derive(Trace, Object)]
    pub struct Account<'gc> {
        pub name: Slot<'gc>,
        balance: Slot<'gc>,
    }
}
use account::{Account, AccountWrite};

fn main() {}

fn steal<'gc>(mc: &Mutation<'gc>, account: Gc<'gc, Account<'gc>>) {
    account.write(mc).name().set(Value::NIL);
    account.write(mc).balance().set(Value::NIL);
}

use account::AccountWritePrivate;

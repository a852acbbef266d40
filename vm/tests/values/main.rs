//! The values: each hazard that a representation brings, plain and with everything moving between operations.
//!
//! Expected numbers and messages were made with Node.

mod arrays;
mod conversions;
mod numbers;
mod objects;
mod strings;
mod tables;

use std::rc::Rc;

use mangrove_gc::{Heap, HeapConfig, Mutation, Value};
use mangrove_scheduler::TaskScheduler;
use mangrove_vm::atoms::names;
use mangrove_vm::host::HostState;
use mangrove_vm::machine::{Code, Js, Vm};
use mangrove_vm::runtime::array::Array;
use mangrove_vm::runtime::property::{self, Key};
use mangrove_vm::runtime::{Outcome, Stop, convert, error, string};

/// A VM without a library, whose code has these names; `globals[0]` to `globals[9]` are for the test.
fn vm(names: &[&str], moving: bool) -> Heap<Js> {
    let mut code = Code::default();
    for name in names {
        code.atoms.intern_str(name);
    }
    let code = Rc::new(code);
    let mut config = HeapConfig::default();
    if moving {
        config.zeal = Some("move,verify=0".parse().expect("a zeal"));
    }
    Heap::new(config, |mc| {
        let host = HostState::new(Box::new(std::io::sink()), Box::new(std::io::sink()));
        let mut vm = Vm::new(mc, TaskScheduler::new(mc), host)?;
        vm.load(mc, &code).expect("room for the names");
        vm.globals = vec![Value::UNDEFINED; 10];
        Ok(vm)
    })
    .expect("a heap")
}

/// What was thrown, as text.
fn thrown<'gc, T>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, outcome: Outcome<'gc, T>) -> String {
    match outcome {
        Ok(_) => "nothing was thrown".into(),
        Err(Stop::Memory(error)) => error.to_string(),
        Err(Stop::Convert(_)) => "a function of the script is to convert an object".into(),
        Err(Stop::Throw(error)) => {
            // There is no library that has the name of the error.
            let kind = error::kind(vm, error).expect("an error").name();
            let message = property::get(mc, vm, error, names::MESSAGE).expect("an error has a message");
            format!("{kind}: {}", show(mc, vm, message))
        }
    }
}

/// A string.
fn text<'gc>(mc: &Mutation<'gc>, text: &str) -> Value<'gc> {
    string::from_str(mc, text).expect("room")
}

/// The key that a text is.
fn key<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, name: &str) -> Key<'gc> {
    property::to_key(mc, vm, text(mc, name)).expect("a string is a key")
}

/// A value as the tests' models have it.
fn show<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>) -> String {
    match value.downcast::<Array>() {
        Some(array) => {
            let elements = (0..array.len()).map(|at| array.get(at).map_or("-".into(), |value| show(mc, vm, value)));
            format!("[{}]", elements.collect::<Vec<_>>().join(","))
        }
        None => convert::to_rust_string(mc, vm, value).expect("a text"),
    }
}

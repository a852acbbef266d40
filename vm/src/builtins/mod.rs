//! The library: natives by area, and what is written in the language itself.
//!
//! Invariant: the objects that hold methods are filled here, once, before any program runs, and never change.

mod array;
mod collation;
mod collection;
mod console;
mod conversion;
mod error;
mod json;
mod math;
mod number;
mod object;
mod promise;
mod string;

use std::borrow::Cow;

use mangrove_gc::{Gc, Mutation, Value};

use crate::atoms::names;
use crate::bytecode::{Atom, Global};
pub use crate::host::NATIVES;
use crate::host::{self, Home, NativeInfo};
use crate::machine::{Code, Vm};
use crate::runtime::object::{self as objects, Object, get_own, new_object, set_hidden};
use crate::runtime::property;
use crate::runtime::realm::Proto;
use crate::runtime::shape::Class;
use crate::runtime::{Outcome, number as numbers, string as strings};

/// The functions that are written in the language.
pub const PRELUDE: &str = include_str!("prelude.js");

/// Those that Rust code makes functions of, each at the place that is its id: [`host::BOUND`] and those below it.
const KNOWN: &[NativeInfo] = &[
    NativeInfo::new(Home::Internal, "bound", 0, object::bound),
    NativeInfo::new(Home::Internal, "", 1, promise::resolve_once),
    NativeInfo::new(Home::Internal, "", 1, promise::reject_once),
    NativeInfo::new(Home::Internal, "operate", 2, conversion::operate),
];

const AREAS: [&[NativeInfo]; 12] = [
    KNOWN,
    array::NATIVES,
    collection::NATIVES,
    console::NATIVES,
    conversion::NATIVES,
    error::NATIVES,
    json::NATIVES,
    math::NATIVES,
    number::NATIVES,
    object::NATIVES,
    promise::NATIVES,
    string::NATIVES,
];

/// How many natives there are.
pub const COUNT: usize = {
    let (mut count, mut area) = (0, 0);
    while area < AREAS.len() {
        count += AREAS[area].len();
        area += 1;
    }
    count
};

/// The natives of all areas, in one table.
pub(crate) const fn all() -> [NativeInfo; COUNT] {
    let mut all = [AREAS[0][0]; COUNT];
    let (mut count, mut area) = (0, 0);
    while area < AREAS.len() {
        let mut row = 0;
        while row < AREAS[area].len() {
            all[count] = AREAS[area][row];
            count += 1;
            row += 1;
        }
        area += 1;
    }
    all
}

/// Objects that only hold functions.
const NAMESPACES: [&str; 4] = ["JSON", "Math", "console", "performance"];

/// The property of a constructor that `new` calls instead, if it has one.
const NEW: &str = "%new";

/// The function of the prelude that `new` of this constructor calls, if there is one.
fn new_target<'gc>(vm: &Vm<'gc>, constructor: Value<'gc>) -> Option<Value<'gc>> {
    get_own(vm, constructor.downcast()?, property::atom_key(vm, atom(vm, NEW)))
}

type Holder<'gc> = Gc<'gc, Object<'gc>>;

/// Makes the natives that only the prelude can name its variables: before it is compiled.
pub fn declare(code: &mut Code) {
    for info in NATIVES.iter().filter(|info| info.home == Home::Internal) {
        let name = code.atoms.intern_str(&global_name(info));
        code.program.globals.push(Global { name, declared: false });
    }
}

/// Makes the names atoms that the library consists of: after its prelude was compiled, before atoms have strings.
pub fn intern(code: &mut Code) {
    let atoms = &mut code.atoms;
    let constants = math::CONSTANTS.iter().chain(number::CONSTANTS).map(|&(name, _)| name);
    let protos = Proto::ALL.into_iter().map(Proto::name);
    for name in constants.chain(NAMESPACES).chain(protos).chain([NEW, "url", "status", "body"]) {
        atoms.intern_str(name);
    }
    for info in &NATIVES {
        atoms.intern_str(&global_name(info));
    }
    for global in &code.program.globals {
        let name = atoms.text(global.name);
        if let Some((_, own)) = split(&name) {
            atoms.intern_str(own);
        }
    }
}

/// The name of the variable that holds a native, or of its property.
fn global_name(info: &NativeInfo) -> Cow<'static, str> {
    match info.home {
        Home::Internal => format!("%{}", info.name).into(),
        _ => info.name.into(),
    }
}

/// The atom of a name that [`intern`] knows.
fn atom(vm: &Vm<'_>, name: &str) -> Atom {
    let units: Vec<u16> = name.encode_utf16().collect();
    vm.code.atoms.lookup(&units).expect("`intern` made it")
}

/// Makes what the library consists of. Global variables become properties of [`Realm::globals`], those that only the
/// prelude sees with a `%` before their name.
///
/// [`Realm::globals`]: crate::runtime::realm::Realm::globals
///
/// # Errors
/// When there is no memory.
pub fn install<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>) -> Outcome<'gc, ()> {
    let holder = |vm: &mut Vm<'gc>, class| {
        let shape = vm.shapes.root(class);
        new_object(mc, shape, 16)
    };
    vm.realm.globals = holder(vm, Class::Bare)?.into();
    for proto in Proto::ALL {
        vm.realm.protos[proto as usize] = holder(vm, Class::Prototype(proto))?.into();
    }
    for (id, info) in NATIVES.iter().enumerate() {
        match info.home {
            Home::Constructor(_) => drop(self::holder(mc, vm, info.home)?),
            home => define(mc, vm, home, &global_name(info), host::value(id as u32))?,
        }
    }
    let globals = [("undefined", Value::UNDEFINED), ("NaN", f64::NAN.into()), ("Infinity", f64::INFINITY.into())];
    let constant = |home| move |&(name, value): &(&'static str, f64)| (home, name, numbers::value(value));
    let math = math::CONSTANTS.iter().map(constant(Home::Namespace("Math")));
    let number = number::CONSTANTS.iter().map(constant(Home::Static(Proto::Number)));
    for (home, name, value) in math.chain(number).chain(globals.map(|(name, value)| (Home::Global, name, value))) {
        define(mc, vm, home, name, value)?;
    }
    for proto in Proto::ALL {
        if proto.parent() == Some(Proto::Error) || proto == Proto::Error {
            let (methods, name) = (methods(vm, proto), strings::from_str(mc, proto.name())?);
            set_hidden(mc, vm, methods, names::NAME, name)?;
            set_hidden(mc, vm, methods, names::MESSAGE, strings::empty())?;
        }
    }
    Ok(())
}

/// Makes methods of what the prelude has defined: `name` and `value` are its outermost variables.
///
/// # Errors
/// When there is no memory.
pub fn install_prelude<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>) -> Outcome<'gc, ()> {
    let code = vm.code.clone();
    for (index, global) in code.program.globals.iter().enumerate() {
        let name = code.atoms.text(global.name);
        let value = vm.globals[index];
        match &*name {
            "%converting" => vm.convert = value,
            "%joined" => vm.join = value,
            _ => {}
        }
        if let Some((home, name)) = split(&name) {
            define(mc, vm, home, name, value)?;
        }
    }
    // Sites remember where they found a method: whoever could change these objects could make them wrong.
    for proto in Proto::ALL {
        let methods = methods(vm, proto);
        objects::freeze(mc, vm, methods)?;
    }
    Ok(())
}

/// Where a function of the prelude is to be found, and under which name.
fn split(name: &str) -> Option<(Home, &str)> {
    let (owner, own) = name.strip_prefix('%')?.split_once(['_', '$'])?;
    let proto = Proto::ALL.into_iter().find(|proto| proto.name() == owner);
    Some(match proto {
        Some(proto) if own == "new" => (Home::Static(proto), NEW),
        Some(proto) if name.contains('$') => (Home::Static(proto), own),
        Some(proto) => (Home::Method(proto), own),
        None => (Home::Namespace(NAMESPACES.into_iter().find(|&namespace| namespace == owner)?), own),
    })
}

/// What a name that no program declares stands for.
pub fn global<'gc>(vm: &Vm<'gc>, name: Atom) -> Option<Value<'gc>> {
    get_own(vm, vm.realm.globals.downcast()?, property::atom_key(vm, name))
}

fn methods<'gc>(vm: &Vm<'gc>, proto: Proto) -> Holder<'gc> {
    vm.realm.proto(proto).downcast().expect("an object since `install` began")
}

/// Defines a property that is not enumerable.
fn define<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, home: Home, name: &str, value: Value<'gc>) -> Outcome<'gc, ()> {
    let (holder, name) = (holder(mc, vm, home)?, atom(vm, name));
    set_hidden(mc, vm, holder, name, value)
}

/// The object that holds what is found there. Constructors and namespaces are made when they are asked for first.
fn holder<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, home: Home) -> Outcome<'gc, Holder<'gc>> {
    let globals: Holder<'gc> = vm.realm.globals.downcast().expect("an object since `install` began");
    let (name, class) = match home {
        Home::Global | Home::Internal => return Ok(globals),
        Home::Method(proto) => return Ok(methods(vm, proto)),
        Home::Static(proto) | Home::Constructor(proto) => (proto.name(), Class::Constructor(proto)),
        Home::Namespace(name) => (name, Class::Namespace(name)),
    };
    let atom = atom(vm, name);
    if let Some(known) = get_own(vm, globals, property::atom_key(vm, atom)).and_then(|value| value.downcast()) {
        return Ok(known);
    }
    let shape = vm.shapes.root(class);
    let object = new_object(mc, shape, 16)?;
    set_hidden(mc, vm, globals, atom, object.into())?;
    if let Class::Constructor(proto) = class {
        let methods = methods(vm, proto);
        let length = host::constructor(proto).map_or(0, |info| i32::from(info.length));
        set_hidden(mc, vm, object, names::LENGTH, length.into())?;
        set_hidden(mc, vm, object, names::NAME, strings::from_str(mc, name)?)?;
        set_hidden(mc, vm, object, names::PROTOTYPE, methods.into())?;
        set_hidden(mc, vm, methods, names::CONSTRUCTOR, object.into())?;
    }
    Ok(object)
}

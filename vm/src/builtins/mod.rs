//! The library: natives by area, and what is written in the language itself.
//!
//! Invariant: the objects that hold methods are filled here, once, before any program runs, and never change.

mod array;
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

const AREAS: [&[NativeInfo]; 11] = [
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

/// Whether two texts are the same, while compiling.
pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
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
        if let Some((_, own, _)) = split(&name) {
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
    let globals = holder(vm, Class::Bare)?;
    vm.realm.globals = globals.into();
    for proto in Proto::ALL {
        vm.realm.protos[proto as usize] = holder(vm, Class::Prototype(proto))?.into();
    }
    for (id, info) in NATIVES.iter().enumerate() {
        let native = host::value(id as u32);
        match info.home {
            Home::Global | Home::Internal => define(mc, vm, globals, &global_name(info), native)?,
            Home::Method(proto) => {
                let methods = methods(vm, proto);
                define(mc, vm, methods, info.name, native)?;
            }
            Home::Static(proto) => {
                let constructor = constructor(mc, vm, globals, proto)?;
                define(mc, vm, constructor, info.name, native)?;
            }
            Home::Namespace(name) => {
                let namespace = namespace(mc, vm, globals, name)?;
                define(mc, vm, namespace, info.name, native)?;
            }
            Home::Constructor(proto) => {
                constructor(mc, vm, globals, proto)?;
            }
        }
    }
    let math = namespace(mc, vm, globals, "Math")?;
    constants(mc, vm, math, math::CONSTANTS)?;
    let number = constructor(mc, vm, globals, Proto::Number)?;
    constants(mc, vm, number, number::CONSTANTS)?;
    for (name, value) in [("undefined", Value::UNDEFINED), ("NaN", f64::NAN.into()), ("Infinity", f64::INFINITY.into())]
    {
        define(mc, vm, globals, name, value)?;
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
    let Some(globals): Option<Holder<'gc>> = vm.realm.globals.downcast() else {
        return Ok(());
    };
    for (index, global) in code.program.globals.iter().enumerate() {
        let name = code.atoms.text(global.name);
        let value = vm.globals[index];
        match &*name {
            "%converting" => vm.convert = value,
            "%joined" => vm.join = value,
            _ => {}
        }
        let Some((owner, name, is_static)) = split(&name) else {
            continue;
        };
        let proto = Proto::ALL.into_iter().find(|proto| proto.name() == owner);
        match proto {
            Some(proto) if name == "new" => {
                let constructor = constructor(mc, vm, globals, proto)?;
                define(mc, vm, constructor, NEW, value)?;
            }
            Some(proto) if is_static => {
                let constructor = constructor(mc, vm, globals, proto)?;
                define(mc, vm, constructor, name, value)?;
            }
            Some(proto) => {
                let methods = methods(vm, proto);
                define(mc, vm, methods, name, value)?;
            }
            None => {
                let namespace = NAMESPACES.into_iter().find(|&namespace| namespace == owner);
                let namespace = namespace.expect("the prelude adds to namespaces that there are");
                let namespace = self::namespace(mc, vm, globals, namespace)?;
                define(mc, vm, namespace, name, value)?;
            }
        }
    }
    // Sites remember where they found a method: whoever could change these objects could make them wrong.
    for proto in Proto::ALL {
        let methods = methods(vm, proto);
        objects::freeze(mc, vm, methods)?;
    }
    Ok(())
}

/// The name of a function of the prelude: whose it is, its own name, and whether it is a property of a constructor.
fn split(name: &str) -> Option<(&str, &str, bool)> {
    let (owner, own) = name.strip_prefix('%')?.split_once(['_', '$'])?;
    owner.starts_with(|c: char| c.is_ascii_uppercase()).then_some((owner, own, name.contains('$')))
}

/// What a name that no program declares stands for.
pub fn global<'gc>(vm: &Vm<'gc>, name: Atom) -> Option<Value<'gc>> {
    get_own(vm, vm.realm.globals.downcast()?, property::atom_key(vm, name))
}

fn methods<'gc>(vm: &Vm<'gc>, proto: Proto) -> Holder<'gc> {
    vm.realm.proto(proto).downcast().expect("an object since `install` began")
}

/// Defines a property that is not enumerable.
fn define<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    holder: Holder<'gc>,
    name: &str,
    value: Value<'gc>,
) -> Outcome<'gc, ()> {
    let name = atom(vm, name);
    set_hidden(mc, vm, holder, name, value)
}

fn constants<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    holder: Holder<'gc>,
    constants: &[(&str, f64)],
) -> Outcome<'gc, ()> {
    constants.iter().try_for_each(|&(name, value)| define(mc, vm, holder, name, numbers::value(value)))
}

/// The global object of that name, made by `make` when it is asked for first.
fn held<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    globals: Holder<'gc>,
    name: &str,
    class: Class,
) -> Outcome<'gc, (Holder<'gc>, bool)> {
    let atom = atom(vm, name);
    let key = property::atom_key(vm, atom);
    if let Some(known) = get_own(vm, globals, key).and_then(|value| value.downcast()) {
        return Ok((known, false));
    }
    let shape = vm.shapes.root(class);
    let object = new_object(mc, shape, 16)?;
    set_hidden(mc, vm, globals, atom, object.into())?;
    Ok((object, true))
}

fn namespace<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    globals: Holder<'gc>,
    name: &'static str,
) -> Outcome<'gc, Holder<'gc>> {
    Ok(held(mc, vm, globals, name, Class::Namespace(name))?.0)
}

fn constructor<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    globals: Holder<'gc>,
    proto: Proto,
) -> Outcome<'gc, Holder<'gc>> {
    let (constructor, new) = held(mc, vm, globals, proto.name(), Class::Constructor(proto))?;
    if new {
        let methods = methods(vm, proto);
        let length = host::constructor(proto).map_or(0, |info| i32::from(info.length));
        set_hidden(mc, vm, constructor, names::LENGTH, length.into())?;
        set_hidden(mc, vm, constructor, names::NAME, strings::from_str(mc, proto.name())?)?;
        set_hidden(mc, vm, constructor, names::PROTOTYPE, methods.into())?;
        set_hidden(mc, vm, methods, names::CONSTRUCTOR, constructor.into())?;
    }
    Ok(constructor)
}

//! [`Host`]: what a built-in function is given; [`NATIVES`]: all of them.
//!
//! A native takes its arguments from the host, may keep values in Rust locals for as long as it runs, since nothing is
//! collected meanwhile, and returns a value:
//!
//! ```ignore
//! fn pair<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
//!     let (first, second) = (host.arg(0), host.text("second")?);
//!     host.array(&[first, second])
//! }
//! ```
//!
//! Invariant: a native that fails for want of memory runs again from its beginning, after a collection. So it allocates
//! first and changes last, or what it changed it changes to the same again. It calls no function of the script, but as
//! its last act: [`Host::tail_call`]. If it wants a number or a string of an argument for which the script has a
//! function ([`Host::number`], [`Host::string`]), it runs again with a primitive value in the argument's place: so it
//! asks in the order of the language, and before anything that these functions could change.

use std::fmt;
use std::io::{self, Write};
use std::sync::LazyLock;

use mangrove_gc::{Gc, Mutation, Value};

use crate::builtins;
use crate::machine::Vm;
use crate::pool::Pool;
use crate::runtime::array::{self, Array};
use crate::runtime::error::{self, ErrorKind};
use crate::runtime::iterator::Iter;
use crate::runtime::object::{self, Object};
use crate::runtime::property::{self, Key};
use crate::runtime::realm::Proto;
use crate::runtime::table::{Map, Set};
use crate::runtime::{Outcome, Stop, convert, function, number, string};

/// A built-in function.
pub type Native = for<'a, 'gc> fn(&mut Host<'a, 'gc>) -> Outcome<'gc>;

/// Where a script finds a native.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// A variable.
    Global,
    /// A variable of the prelude alone; or what only natives make functions of.
    Internal,
    /// A method of values.
    Method(Proto),
    /// A property of a constructor.
    Static(Proto),
    /// A property of a namespace.
    Namespace(&'static str),
    /// The constructor itself.
    Constructor(Proto),
}

/// A native and what is known about it.
#[derive(Clone, Copy)]
pub struct NativeInfo {
    /// Where it is found.
    pub home: Home,
    /// Its name.
    pub name: &'static str,
    /// What `length` says.
    pub length: u8,
    /// What it does.
    pub call: Native,
}

impl NativeInfo {
    /// A row of a table.
    pub const fn new(home: Home, name: &'static str, length: u8, call: Native) -> Self {
        NativeInfo { home, name, length, call }
    }
}

/// All natives: the id of one is its place here.
pub static NATIVES: [NativeInfo; builtins::COUNT] = builtins::all();

/// The id of what makes functions that `bind` returns.
pub const BOUND: u32 = 0;
/// The ids of what resolves and rejects a promise.
pub const RESOLVE: u32 = 1;
/// See [`RESOLVE`].
pub const REJECT: u32 = 2;
/// The id of what does an instruction again.
pub const OPERATE: u32 = 3;

/// The native that a constructor calls.
pub fn constructor(proto: Proto) -> Option<&'static NativeInfo> {
    CONSTRUCTORS[proto as usize]
}

/// The natives of constructors, by what they make.
static CONSTRUCTORS: LazyLock<[Option<&NativeInfo>; Proto::ALL.len()]> =
    LazyLock::new(|| Proto::ALL.map(|proto| NATIVES.iter().find(|info| info.home == Home::Constructor(proto))));

/// The function value of a native.
pub fn value<'gc>(id: u32) -> Value<'gc> {
    Value::native(u64::from(id)).expect("ids are small")
}

/// What the VM has of the world around it.
pub struct HostState {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// The line that is being made.
    line: Vec<u8>,
    /// The first error of `out`; nothing is written after it.
    error: Option<io::Error>,
    /// The columns by which `console.group` moves lines.
    indentation: usize,
    pool: Option<Pool>,
}

impl HostState {
    /// Output goes to `out`, which may keep it until it is flushed; complaints go to `err`.
    pub fn new(out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        HostState { out, err, line: Vec::new(), error: None, indentation: 0, pool: None }
    }

    /// Writes a line.
    pub fn print(&mut self, line: &str) {
        self.line.clear();
        indent(&mut self.line, line, self.indentation);
        if self.error.is_none() {
            self.error = self.out.write_all(&self.line).err();
        }
    }

    /// Writes a line to where errors go, behind all that was printed.
    pub fn complain(&mut self, line: &str) {
        self.flush();
        self.line.clear();
        indent(&mut self.line, line, self.indentation);
        // Nobody can be told that nobody reads.
        let _ = self.err.write_all(&self.line).and_then(|()| self.err.flush());
    }

    /// Passes on what was printed: before the VM waits, and before it ends.
    pub fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.out.flush().err();
        }
    }

    /// Why not all could be printed.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Moves all further lines by so many levels.
    pub fn group(&mut self, levels: isize) {
        self.indentation = self.indentation.saturating_add_signed(2 * levels);
    }

    /// The threads that complete what takes time.
    pub fn pool(&mut self) -> &Pool {
        self.pool.get_or_insert_with(Pool::default)
    }
}

impl fmt::Debug for HostState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostState").field("error", &self.error).finish_non_exhaustive()
    }
}

/// Appends a line, moved to the right.
fn indent(buffer: &mut Vec<u8>, line: &str, columns: usize) {
    for line in line.split('\n') {
        buffer.resize(buffer.len() + columns, b' ');
        buffer.extend_from_slice(line.as_bytes());
        buffer.push(b'\n');
    }
}

/// What a running native sees of the VM.
pub struct Host<'a, 'gc> {
    /// The heap.
    pub mc: &'a Mutation<'gc>,
    /// The VM.
    pub vm: &'a mut Vm<'gc>,
    /// Where the callee is on the stack; `this` and the arguments follow.
    at: usize,
    argc: usize,
    /// Whether it was called by `new`.
    pub is_new: bool,
    /// The length of `this`, an array, before arguments were converted.
    pub(crate) length: Option<usize>,
}

impl<'a, 'gc> Host<'a, 'gc> {
    /// For the interpreter: the callee is at `at` of the stack.
    pub(crate) fn new(mc: &'a Mutation<'gc>, vm: &'a mut Vm<'gc>, at: usize, argc: usize, is_new: bool) -> Self {
        Host { mc, vm, at, argc, is_new, length: None }
    }

    /// The function that was called: the values of a bound one are its slots.
    pub fn callee(&self) -> Value<'gc> {
        self.vm.stack[self.at]
    }

    /// `this`
    #[inline]
    pub fn this(&self) -> Value<'gc> {
        self.vm.stack[self.at + 1]
    }

    /// How many arguments there are.
    #[inline]
    pub fn argc(&self) -> usize {
        self.argc
    }

    /// An argument; `undefined` beyond the last.
    #[inline]
    pub fn arg(&self, index: usize) -> Value<'gc> {
        if index < self.argc { self.vm.stack[self.at + 2 + index] } else { Value::UNDEFINED }
    }

    /// All arguments.
    pub fn args(&self) -> Vec<Value<'gc>> {
        self.args_from(0)
    }

    /// The arguments from one on.
    pub fn args_from(&self, index: usize) -> Vec<Value<'gc>> {
        let from = self.at + 2;
        self.vm.stack[from + index.min(self.argc)..from + self.argc].to_vec()
    }

    /// Calls a function in place of this native: what it returns is the native's result.
    pub fn tail_call(&mut self, callee: Value<'gc>, this: Value<'gc>, args: &[Value<'gc>]) -> Outcome<'gc> {
        self.vm.tail_call(self.mc, self.at, callee, this, args)
    }

    /// The place on the stack behind the last argument.
    pub(crate) fn above(&self) -> usize {
        self.place_of(self.argc)
    }

    /// Where an argument is on the stack.
    pub(crate) fn place_of(&self, index: usize) -> usize {
        self.at + 2 + index
    }

    /// How long an array is that is `this`. Arguments may be converted afterwards: then it may differ from what the array
    /// has, for the language reads it first.
    #[inline]
    pub fn length(&self, this: Gc<'gc, Array<'gc>>) -> usize {
        self.length.unwrap_or(this.len())
    }

    /// An argument as a number.
    ///
    /// # Errors
    /// When it cannot be converted.
    #[inline]
    pub fn number(&mut self, index: usize) -> Outcome<'gc, f64> {
        let value = self.arg(index);
        match value.as_number() {
            Some(number) => Ok(number),
            None => convert::to_number(self.mc, self.vm, value).map_err(|stop| stop.at(2 + index)),
        }
    }

    /// `this` as a string.
    ///
    /// # Errors
    /// When it cannot be converted.
    pub fn this_string(&mut self) -> Outcome<'gc> {
        self.to_string(self.this()).map_err(|stop| stop.at(1))
    }

    /// An argument as a string.
    ///
    /// # Errors
    /// When it cannot be converted.
    pub fn string(&mut self, index: usize) -> Outcome<'gc> {
        self.to_string(self.arg(index)).map_err(|stop| stop.at(2 + index))
    }

    /// An argument as the key of a property.
    ///
    /// # Errors
    /// When it cannot be converted.
    pub fn key(&mut self, index: usize) -> Outcome<'gc, Key<'gc>> {
        property::to_key(self.mc, self.vm, self.arg(index)).map_err(|stop| stop.at(2 + index))
    }

    /// An argument as an integer; NaN becomes 0.
    ///
    /// # Errors
    /// When it cannot be converted.
    pub fn integer(&mut self, index: usize) -> Outcome<'gc, f64> {
        Ok(convert::to_integer(self.number(index)?))
    }

    /// An argument as a place in something of `len` members: a negative one counts from the end, `undefined` is
    /// `default`.
    ///
    /// # Errors
    /// When it cannot be converted.
    #[inline]
    pub fn place(&mut self, index: usize, len: usize, default: usize) -> Outcome<'gc, usize> {
        if self.arg(index).same(Value::UNDEFINED) {
            return Ok(default);
        }
        let place = self.integer(index)?;
        let place = if place < 0.0 { place + len as f64 } else { place };
        Ok(place.clamp(0.0, len as f64) as usize)
    }

    /// A value as a string; an argument: see [`Host::string`].
    ///
    /// # Errors
    /// When it cannot be converted.
    pub fn to_string(&mut self, value: Value<'gc>) -> Outcome<'gc> {
        convert::to_string(self.mc, self.vm, value)
    }

    /// A string of this text.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn text(&self, text: &str) -> Outcome<'gc> {
        string::from_str(self.mc, text)
    }

    /// An array of these elements.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn array(&self, elements: &[Value<'gc>]) -> Outcome<'gc> {
        Ok(array::new(self.mc, elements)?.into())
    }

    /// An object with these properties.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn object(&mut self, properties: &[(&str, Value<'gc>)]) -> Outcome<'gc> {
        let object = object::new_plain(self.mc, self.vm)?;
        for &(name, value) in properties {
            let name = self.text(name)?;
            let key = property::to_key(self.mc, self.vm, name)?;
            object::set_own(self.mc, self.vm, object, key, value)?;
        }
        Ok(object.into())
    }

    /// The property of a value, by its name.
    ///
    /// # Errors
    /// TypeError for undefined and null.
    pub fn property(&mut self, value: Value<'gc>, name: &str) -> Outcome<'gc> {
        let name = self.text(name)?;
        property::get_index(self.mc, self.vm, value, name)
    }

    /// Sets the property of an object, by its name.
    ///
    /// # Errors
    /// TypeError for what has no properties.
    pub fn set_property(&mut self, object: Value<'gc>, name: &str, value: Value<'gc>) -> Outcome<'gc, ()> {
        let name = self.text(name)?;
        property::set_index(self.mc, self.vm, object, name, value)
    }

    /// Whether a value can be called.
    pub fn is_callable(&self, value: Value<'gc>) -> bool {
        function::is_callable(self.vm, value)
    }

    /// A TypeError, to be returned as `Err`.
    #[cold]
    pub fn type_error(&mut self, message: &str) -> Stop<'gc> {
        error::type_error(self.mc, self.vm, message)
    }

    /// A RangeError, to be returned as `Err`.
    #[cold]
    pub fn range_error(&mut self, message: &str) -> Stop<'gc> {
        error::range_error(self.mc, self.vm, message)
    }

    /// An error of some kind, to be returned as `Err`.
    #[cold]
    pub fn error(&mut self, kind: ErrorKind, message: &str) -> Stop<'gc> {
        error::throw(self.mc, self.vm, kind, message)
    }

    /// A TypeError for a method that was called on a value of another kind.
    #[cold]
    pub fn incompatible(&mut self, method: &str) -> Stop<'gc> {
        match property::describe(self.mc, self.vm, self.this()) {
            Ok(this) => self.type_error(&format!("Method {method} called on incompatible receiver {this}")),
            Err(stop) => stop,
        }
    }
}

/// A count or an index as a value.
#[inline]
pub fn count<'gc>(count: usize) -> Outcome<'gc> {
    Ok(number::from_usize(count))
}

/// Whether a value gives others one by one.
pub fn is_iterable(value: Value<'_>) -> bool {
    string::is_string(value)
        || value.downcast::<Array<'_>>().is_some()
        || value.downcast::<Map<'_>>().is_some()
        || value.downcast::<Set<'_>>().is_some()
        || value.downcast::<Iter<'_>>().is_some()
}

/// The value of an own property of an object, by an atom or index.
pub(crate) fn own<'gc>(vm: &Vm<'gc>, value: Value<'gc>, key: Key<'gc>) -> Option<Value<'gc>> {
    let object: Gc<'gc, Object<'gc>> = value.downcast()?;
    object::get_own(vm, object, key)
}

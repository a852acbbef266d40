//! What `console.log` prints of values: `util.inspect` of Node 20, and its format strings.
//!
//! Invariant: nothing here changes a value, and no nesting that a script can make is followed deeper than
//! a depth that the caller gives. The text is made in Rust memory; memory of the heap is needed only where a rope is made flat.

mod layout;

use mangrove_gc::{Gc, Mutation, Value};

use self::layout::{Frame, MAX_ITEMS, arrange};
use crate::atoms::names;
use crate::host;
use crate::json::{self, Gap, Written};
use crate::machine::Vm;
use crate::runtime::array::Array;
use crate::runtime::iterator::{self, Iter, IterKind};
use crate::runtime::object::{self, Object};
use crate::runtime::promise::{Promise, State};
use crate::runtime::realm::Proto;
use crate::runtime::shape::Class;
use crate::runtime::string::Units;
use crate::runtime::table::{Map, Set};
use crate::runtime::{Outcome, Stop, convert, error, extra, function, number, property, string};

/// How many levels of objects are shown inside of one.
pub const DEPTH: usize = 2;

/// How much text one call makes before it shows no more of what is inside of objects.
const BUDGET: usize = 1 << 27;

/// The text of a value.
///
/// # Errors
/// When there is no memory to make a rope flat.
pub fn inspect<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, value: Value<'gc>, depth: usize) -> Outcome<'gc, String> {
    Inspector::new(mc, vm, depth).value(value, 0)
}

/// The line that `console.log` prints of these arguments.
///
/// # Errors
/// When there is no memory; TypeError when `%j` meets what is no JSON.
pub fn format<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, args: &[Value<'gc>]) -> Outcome<'gc, String> {
    let mut line = String::new();
    let mut rest = args;
    if let [first, others @ ..] = args
        && string::is_string(*first)
    {
        let template = string::units(mc, *first)?;
        let used = if others.is_empty() { None } else { substitute(mc, vm, &mut line, &template, others)? };
        match used {
            Some(used) => rest = &others[used..],
            None => {
                line.push_str(&template.to_rust());
                rest = others;
            }
        }
    }
    for (index, &value) in rest.iter().enumerate() {
        if index > 0 || rest.len() < args.len() {
            line.push(' ');
        }
        match string::is_string(value) {
            true => line.push_str(&string::units(mc, value)?.to_rust()),
            false => line.push_str(&inspect(mc, vm, value, DEPTH)?),
        }
    }
    Ok(line)
}

/// Appends a format string with its placeholders replaced: how many arguments that took. `None`, and nothing is
/// appended, if it has no placeholder.
fn substitute<'gc>(
    mc: &Mutation<'gc>,
    vm: &mut Vm<'gc>,
    line: &mut String,
    template: &Units<'gc>,
    args: &[Value<'gc>],
) -> Outcome<'gc, Option<usize>> {
    const PERCENT: u16 = b'%' as u16;
    let (mut used, mut done, mut at) = (0, 0, 0);
    let mut found = false;
    while at + 1 < template.len() {
        at += 1;
        if template.get(at - 1) != Some(PERCENT) {
            continue;
        }
        let what = template.get(at).and_then(|unit| u8::try_from(unit).ok()).unwrap_or(0);
        let argument = args.get(used).copied();
        let text = match (what, argument) {
            (b'%', _) => Some("%".to_owned()),
            (_, None) => None,
            (what, Some(value)) => placeholder(mc, vm, what, value).map_err(|stop| stop.at(3 + used))?,
        };
        at += 1;
        if let Some(text) = text {
            found = true;
            line.push_str(&template.slice(done, at - 2).to_rust());
            line.push_str(&text);
            done = at;
            used += usize::from(what != b'%');
        }
    }
    line.push_str(&template.slice(done, template.len()).to_rust());
    if !found {
        line.clear();
    }
    Ok(found.then_some(used))
}

/// The text of an argument by a placeholder, if it is one.
fn placeholder<'gc>(mc: &Mutation<'gc>, vm: &mut Vm<'gc>, what: u8, value: Value<'gc>) -> Outcome<'gc, Option<String>> {
    Ok(Some(match what {
        b's' => match value.as_number() {
            Some(number) => number_text(number),
            None if is_object(value) && !function::is_callable(vm, value) && !has_own_text(vm, value) => {
                inspect(mc, vm, value, 0)?
            }
            None => convert::to_rust_string(mc, vm, value)?,
        },
        b'd' => number_text(convert::to_number(mc, vm, value)?),
        b'i' | b'f' => {
            let text = convert::to_string(mc, vm, value)?;
            let units = string::units(mc, text)?;
            number_text(if what == b'i' { number::parse_int(&units, 0) } else { number::parse_float(&units) })
        }
        b'j' => match json::write(mc, vm, value, None, &Gap::default(), None) {
            Ok(Written::Text(text)) => text,
            Ok(_) => "undefined".to_owned(),
            Err(Stop::Throw(error)) if error::kind(vm, error) == Some(error::ErrorKind::TypeError) => {
                "[Circular]".to_owned()
            }
            Err(stop) => return Err(stop),
        },
        b'O' => inspect(mc, vm, value, DEPTH)?,
        b'o' => Inspector { hidden: true, ..Inspector::new(mc, vm, 4) }.value(value, 0)?,
        b'c' => String::new(),
        _ => return Ok(None),
    }))
}

/// Whether an object has its own function `toString`.
fn has_own_text<'gc>(vm: &Vm<'gc>, value: Value<'gc>) -> bool {
    host::own(vm, value, property::Key::Atom(names::TO_STRING)).is_some_and(|own| function::is_callable(vm, own))
}

fn number_text(number: f64) -> String {
    if number == 0.0 && number.is_sign_negative() { "-0".to_owned() } else { number::to_string(number) }
}

fn is_object(value: Value<'_>) -> bool {
    value.is_heap() && !string::is_string(value)
}

struct Inspector<'a, 'gc> {
    mc: &'a Mutation<'gc>,
    vm: &'a mut Vm<'gc>,
    /// How deep objects are shown; `None` when there is text enough.
    depth: Option<usize>,
    /// Whether length and name of functions and arrays are shown.
    hidden: bool,
    /// The objects around the present one.
    seen: Vec<Value<'gc>>,
    /// Those that were met inside of themselves.
    circular: Vec<Value<'gc>>,
    /// Columns to the left.
    indentation: usize,
    /// The depth of the object that was formatted last.
    innermost: usize,
    /// How much text was made.
    made: usize,
}

/// A property to be shown.
struct Member<'gc> {
    name: Value<'gc>,
    value: Value<'gc>,
    enumerable: bool,
}

/// An object, as it is shown.
struct Look<'gc> {
    /// The text before the braces, or instead of them when nothing is in them.
    base: String,
    open: String,
    close: &'static str,
    /// What stands for it where it is too deep.
    short: String,
    contents: Contents<'gc>,
    members: Vec<Member<'gc>>,
}

enum Contents<'gc> {
    /// Members only; with a base, no braces if there are none.
    None,
    Elements(Gc<'gc, Array<'gc>>),
    Values(Vec<Value<'gc>>),
    /// Of a map.
    Pairs(Vec<(Value<'gc>, Value<'gc>)>),
    /// Of an iterator of a map: each pair an array.
    Entries(Vec<Value<'gc>>),
    Promise(Gc<'gc, Promise<'gc>>),
}

impl<'a, 'gc> Inspector<'a, 'gc> {
    fn new(mc: &'a Mutation<'gc>, vm: &'a mut Vm<'gc>, depth: usize) -> Self {
        let (depth, seen, circular) = (Some(depth), Vec::new(), Vec::new());
        Inspector { mc, vm, depth, hidden: false, seen, circular, indentation: 0, innermost: 0, made: 0 }
    }

    fn value(&mut self, value: Value<'gc>, depth: usize) -> Outcome<'gc, String> {
        if let Some(number) = value.as_number() {
            return Ok(number_text(number));
        }
        if string::is_string(value) {
            let units = string::units(self.mc, value)?;
            return Ok(layout::string(&units.to_vec(), self.indentation));
        }
        if let Some(boolean) = value.as_bool() {
            return Ok(boolean.to_string());
        }
        if value.is_nil() {
            return Ok("null".to_owned());
        }
        if value.same(Value::UNDEFINED) || value.same(Value::HOLE) {
            return Ok("undefined".to_owned());
        }
        if self.seen.iter().any(|seen| seen.same(value)) {
            let known = self.circular.iter().position(|circular| circular.same(value));
            let index = known.unwrap_or_else(|| {
                self.circular.push(value);
                self.circular.len() - 1
            });
            return Ok(format!("[Circular *{}]", index + 1));
        }
        self.object(value, depth)
    }

    fn object(&mut self, value: Value<'gc>, depth: usize) -> Outcome<'gc, String> {
        let mut look = self.look(value)?;
        let empty = look.members.is_empty()
            && match &look.contents {
                Contents::None => true,
                Contents::Elements(array) => array.len() == 0,
                Contents::Values(values) => values.is_empty() && !look.open.starts_with('['),
                Contents::Pairs(pairs) => pairs.is_empty(),
                Contents::Entries(_) | Contents::Promise(_) => false,
            };
        if empty {
            return Ok(match look.base.is_empty() {
                true => look.open + look.close,
                false => look.base,
            });
        }
        if self.depth.is_none_or(|limit| depth > limit) {
            return Ok(look.short);
        }
        self.seen.push(value);
        self.innermost = depth + 1;
        let mut entries = self.contents(&look.contents, depth + 1)?;
        for member in &look.members {
            entries.push(self.member(member, depth + 1)?);
        }
        self.seen.pop();
        if let Some(index) = self.circular.iter().position(|circular| circular.same(value)) {
            let space = if look.base.is_empty() { "" } else { " " };
            look.base = format!("<ref *{}>{space}{}", index + 1, look.base);
        }
        let array = match &look.contents {
            Contents::Elements(array) => {
                Some((0..entries.len()).all(|at| array.get(at).is_some_and(|value| value.as_number().is_some())))
            }
            _ => None,
        };
        let text = arrange(
            entries,
            &Frame {
                base: &look.base,
                open: &look.open,
                close: look.close,
                indentation: self.indentation,
                levels: self.innermost - (depth + 1),
                array,
            },
        );
        self.made += text.len();
        if self.made > BUDGET {
            self.depth = None;
        }
        Ok(text)
    }

    /// Formats something two columns to the right.
    fn inside(&mut self, value: Value<'gc>, depth: usize) -> Outcome<'gc, String> {
        self.indentation += 2;
        let text = self.value(value, depth);
        self.indentation -= 2;
        text
    }

    fn member(&mut self, member: &Member<'gc>, depth: usize) -> Outcome<'gc, String> {
        let name = layout::key(&string::units(self.mc, member.name)?.to_vec(), member.enumerable);
        Ok(format!("{name}: {}", self.inside(member.value, depth)?))
    }

    fn contents(&mut self, contents: &Contents<'gc>, depth: usize) -> Outcome<'gc, Vec<String>> {
        let mut entries = Vec::new();
        let total = match contents {
            Contents::None => 0,
            Contents::Elements(array) => {
                self.elements(*array, &mut entries, depth)?;
                0
            }
            Contents::Values(values) => {
                for &value in values.iter().take(MAX_ITEMS) {
                    entries.push(self.inside(value, depth)?);
                }
                values.len()
            }
            Contents::Pairs(pairs) => {
                for &(key, value) in pairs.iter().take(MAX_ITEMS) {
                    let key = self.inside(key, depth)?;
                    entries.push(format!("{key} => {}", self.inside(value, depth)?));
                }
                pairs.len()
            }
            Contents::Entries(pairs) => {
                for &pair in pairs.iter().take(MAX_ITEMS) {
                    entries.push(self.entry(pair, depth)?);
                }
                pairs.len()
            }
            Contents::Promise(promise) => {
                entries.push(match promise.state() {
                    State::Pending => "<pending>".to_owned(),
                    State::Fulfilled => self.inside(promise.value(), depth)?,
                    State::Rejected => format!("<rejected> {}", self.inside(promise.value(), depth)?),
                });
                0
            }
        };
        if total > MAX_ITEMS {
            entries.push(layout::more(total - MAX_ITEMS));
        }
        Ok(entries)
    }

    /// A pair that an iterator of entries will give: Node does not count it as a level.
    fn entry(&mut self, pair: Value<'gc>, depth: usize) -> Outcome<'gc, String> {
        let Some(pair) = pair.downcast::<Array<'gc>>() else { return self.inside(pair, depth) };
        self.indentation += 2;
        let members = pair.to_vec().into_iter().map(|value| self.value(value, depth)).collect::<Result<_, _>>()?;
        let (levels, indentation) = (self.innermost - depth, self.indentation);
        self.indentation -= 2;
        Ok(arrange(members, &Frame { base: "", open: "[", close: "]", indentation, levels, array: Some(false) }))
    }

    /// The elements of an array; a run of holes is one entry.
    fn elements(&mut self, array: Gc<'gc, Array<'gc>>, entries: &mut Vec<String>, depth: usize) -> Outcome<'gc, ()> {
        let len = array.len();
        let mut at = 0;
        while at < len && entries.len() < MAX_ITEMS {
            match array.get(at) {
                Some(value) => {
                    entries.push(self.inside(value, depth)?);
                    at += 1;
                }
                None => {
                    let count = (at..len).take_while(|&at| array.get(at).is_none()).count();
                    entries.push(layout::holes(count));
                    at += count;
                }
            }
        }
        if at < len {
            entries.push(layout::more(len - at));
        }
        Ok(())
    }

    /// How an object looks.
    fn look(&mut self, value: Value<'gc>) -> Outcome<'gc, Look<'gc>> {
        let mut look = self.look_of_kind(value)?;
        if self.hidden && matches!(property::proto_of(self.vm, value), Some(Proto::Array | Proto::Function)) {
            for name in [names::LENGTH, names::NAME] {
                if property::has(self.mc, self.vm, value, property::Key::Atom(name), true)? {
                    let (name, value) = (self.vm.string(name), property::get(self.mc, self.vm, value, name)?);
                    look.members.push(Member { name, value, enumerable: false });
                }
            }
        }
        if let Some(extra) = extra::of(self.vm, value) {
            look.members.extend(self.members(extra)?);
        }
        Ok(look)
    }

    fn members(&mut self, object: Gc<'gc, Object<'gc>>) -> Outcome<'gc, Vec<Member<'gc>>> {
        let entries = object::own_entries(self.mc, self.vm, object)?;
        Ok(entries.into_iter().map(|(name, value)| Member { name, value, enumerable: true }).collect())
    }

    fn look_of_kind(&mut self, value: Value<'gc>) -> Outcome<'gc, Look<'gc>> {
        if function::is_callable(self.vm, value) {
            return self.function(value);
        }
        if let Some(array) = value.downcast::<Array<'gc>>() {
            return Ok(Look::new("[", "]", "[Array]", Contents::Elements(array)));
        }
        if let Some(object) = value.downcast::<Object<'gc>>() {
            return self.named(value, object);
        }
        if let Some(map) = value.downcast::<Map<'gc>>() {
            let open = format!("Map({}) {{", map.entries.len());
            return Ok(Look::new(&open, "}", "[Map]", Contents::Pairs(map.entries.entries())));
        }
        if let Some(set) = value.downcast::<Set<'gc>>() {
            let open = format!("Set({}) {{", set.entries.len());
            let values = set.entries.entries().into_iter().map(|(value, _)| value).collect();
            return Ok(Look::new(&open, "}", "[Set]", Contents::Values(values)));
        }
        if let Some(promise) = value.downcast::<Promise<'gc>>() {
            return Ok(Look::new("Promise {", "}", "[Promise]", Contents::Promise(promise)));
        }
        if let Some(iter) = value.downcast::<Iter<'gc>>() {
            return self.iterator(iter);
        }
        let name = property::proto_of(self.vm, value).map_or("Object", Proto::name);
        Ok(Look::new(&format!("{name} {{"), "}", &format!("[{name}]"), Contents::None))
    }

    fn iterator(&mut self, iter: Gc<'gc, Iter<'gc>>) -> Outcome<'gc, Look<'gc>> {
        let name = iter.proto().name();
        let short = format!("[Object [{name}]]");
        if !matches!(iter.proto(), Proto::MapIterator | Proto::SetIterator) {
            return Ok(Look::new(&format!("Object [{name}] {{"), "}", &short, Contents::None));
        }
        let rest = iterator::peek(self.mc, iter)?;
        if iter.kind() == IterKind::Entries {
            let open = format!("[{}] {{", name.replace("Iterator", "Entries"));
            return Ok(Look::new(&open, "}", &short, Contents::Entries(rest)));
        }
        Ok(Look::new(&format!("[{name}] {{"), "}", &short, Contents::Values(rest)))
    }

    fn function(&mut self, value: Value<'gc>) -> Outcome<'gc, Look<'gc>> {
        let name = function::name(self.vm, value).unwrap_or_default();
        let closure: Option<Gc<'gc, function::Closure<'gc>>> = value.downcast();
        let functions = &self.vm.code.program.functions;
        let is_async = closure.is_some_and(|closure| functions[*closure.head.function as usize].is_async);
        let kind = if is_async { "AsyncFunction" } else { "Function" };
        let name = if name.is_empty() { " (anonymous)".to_owned() } else { format!(": {name}") };
        let mut look = Look::new("{", "}", &format!("[{kind}]"), Contents::None);
        look.base = format!("[{kind}{name}]");
        Ok(look)
    }

    fn named(&mut self, value: Value<'gc>, object: Gc<'gc, Object<'gc>>) -> Outcome<'gc, Look<'gc>> {
        let mut members = self.members(object)?;
        let mut look = match object::class(self.vm, object) {
            Class::Bare | Class::Prototype(Proto::Object) => {
                Look::new("[Object: null prototype] {", "}", "[Object: null prototype]", Contents::None)
            }
            Class::Error(kind) => {
                let mut look = Look::new("{", "}", &format!("[{}]", kind.name()), Contents::None);
                look.base = self.error(value, object, kind.name(), &mut members)?;
                look
            }
            Class::Namespace(name) => {
                Look::new(&format!("Object [{name}] {{"), "}", &format!("[Object [{name}]]"), Contents::None)
            }
            _ => Look::new("{", "}", "[Object]", Contents::None),
        };
        look.members = members;
        Ok(look)
    }

    /// The stack of an error, and which members are shown beside it.
    fn error(
        &mut self,
        value: Value<'gc>,
        object: Gc<'gc, Object<'gc>>,
        class: &str,
        members: &mut Vec<Member<'gc>>,
    ) -> Outcome<'gc, String> {
        let name = property::get(self.mc, self.vm, value, names::NAME)?;
        let name = convert::to_message(self.mc, self.vm, name, "[object Object]")?;
        let message = property::get(self.mc, self.vm, value, names::MESSAGE)?;
        let message = convert::to_message(self.mc, self.vm, message, "[object Object]")?;
        let own = property::get(self.mc, self.vm, value, names::STACK)?;
        let mut stack = match convert::to_boolean(own) {
            true => convert::to_message(self.mc, self.vm, own, "[object Object]")?,
            false => convert::to_message(self.mc, self.vm, value, "[object Object]")?,
        };
        // What the stack says already is not said again.
        let mut kept = Vec::new();
        for member in members.drain(..) {
            let name = string::to_rust(self.mc, member.name)?;
            let repeats = matches!(name.as_str(), "name" | "message" | "stack");
            if !repeats || !stack.contains(&convert::to_message(self.mc, self.vm, member.value, "[object Object]")?) {
                kept.push(member);
            }
        }
        *members = kept;
        for hidden in [names::CAUSE, names::ERRORS] {
            let key = property::atom_key(self.vm, hidden);
            let Some(value) = object::get_own(self.vm, object, key) else {
                continue;
            };
            let name = self.vm.string(hidden);
            let mut listed = false;
            for member in members.iter() {
                listed |= string::equal(self.mc, member.name, name)?;
            }
            if !listed && (hidden == names::CAUSE || value.downcast::<Array<'gc>>().is_some()) {
                members.push(Member { name, value, enumerable: false });
            }
        }
        // A name that was changed is put into the stack.
        let rest = stack.strip_prefix(name.as_str());
        if let Some(rest) = rest
            && name.ends_with("Error")
            && name != class
            && (rest.is_empty() || rest.starts_with([':', '\n']))
        {
            stack = match class.contains(name.as_str()) {
                true => format!("{class}{rest}"),
                false => format!("{class} [{name}]{rest}"),
            };
        }
        let after = if message.is_empty() { None } else { stack.find(&message).map(|at| at + message.len()) };
        let text = match stack[after.unwrap_or(0)..].contains("\n    at") {
            true => stack,
            false => format!("[{stack}]"),
        };
        Ok(text.replace('\n', &format!("\n{}", " ".repeat(self.indentation))))
    }
}

impl<'gc> Look<'gc> {
    fn new(open: &str, close: &'static str, short: &str, contents: Contents<'gc>) -> Self {
        Look {
            base: String::new(),
            open: open.to_owned(),
            close,
            short: short.to_owned(),
            contents,
            members: Vec::new(),
        }
    }
}

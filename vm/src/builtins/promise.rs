//! Promises, timers, and the host functions that complete later.
//!
//! Invariant: a thread that completes something holds plain data; values are made of it when the VM hears of it.

use std::time::Duration;

use mangrove_gc::{Gc, Str, Value};
use mangrove_scheduler::{Clock, JoinKind};

use super::object::iterated;
use crate::atoms::names;
use crate::events;
use crate::host::{Home, Host, NativeInfo};
use crate::inspect;
use crate::runtime::error::ErrorKind;
use crate::runtime::function::Bound;
use crate::runtime::promise::{self, Promise};
use crate::runtime::realm::Proto;
use crate::runtime::{Outcome, Stop, convert, iterator, property, string};

const METHOD: Home = Home::Method(Proto::Promise);
const STATIC: Home = Home::Static(Proto::Promise);

pub(super) const NATIVES: &[NativeInfo] = &[
    NativeInfo::new(Home::Constructor(Proto::Promise), "Promise", 1, construct),
    NativeInfo::new(METHOD, "then", 2, then),
    NativeInfo::new(STATIC, "all", 1, |host| join(host, JoinKind::All)),
    NativeInfo::new(STATIC, "allSettled", 1, |host| join(host, JoinKind::AllSettled)),
    NativeInfo::new(STATIC, "any", 1, |host| join(host, JoinKind::Any)),
    NativeInfo::new(STATIC, "race", 1, |host| join(host, JoinKind::Race)),
    NativeInfo::new(STATIC, "reject", 1, |host| rejected(host, host.arg(0))),
    NativeInfo::new(STATIC, "resolve", 1, |host| Ok(promise::of(host.mc, host.vm, host.arg(0))?.into())),
    NativeInfo::new(Home::Internal, "newPromise", 0, |host| Ok(promise::new(host.mc)?.into())),
    NativeInfo::new(Home::Internal, "resolversOf", 1, resolvers_of),
    NativeInfo::new(Home::Global, "clearTimeout", 1, clear_timeout),
    NativeInfo::new(Home::Global, "hostFetch", 1, host_fetch),
    NativeInfo::new(Home::Global, "queueMicrotask", 1, queue_microtask),
    NativeInfo::new(Home::Global, "setTimeout", 2, set_timeout),
];

/// `new Promise(executor)`: a function of the prelude does it, since it calls the executor.
fn construct<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    if host.is_new
        && let Some(construct) = super::new_target(host.vm, host.callee())
    {
        return host.tail_call(construct, Value::UNDEFINED, &[host.arg(0)]);
    }
    Err(host.type_error("Promise constructor cannot be invoked without 'new'"))
}

fn resolvers_of<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let Some(promise) = host.arg(0).downcast::<Promise<'gc>>() else {
        return Ok(Value::UNDEFINED);
    };
    let (resolve, reject) = promise::resolvers(host.mc, promise)?;
    host.array(&[resolve, reject])
}

/// Calls one of the functions that [`promise::resolvers`] gives: nothing happens if they are void.
fn once<'gc>(
    host: &mut Host<'_, 'gc>,
    settle: fn(&mut Host<'_, 'gc>, Gc<'gc, Promise<'gc>>) -> Outcome<'gc, ()>,
) -> Outcome<'gc> {
    if let Some(held) = host.callee().downcast::<Bound<'gc>>()
        && let (Some(promise), Some(number)) = (held.get(0), held.get(1))
        && let Some(promise) = promise.downcast::<Promise<'gc>>()
        && number.as_int() == Some(promise.resolutions.get() as i32)
    {
        settle(host, promise)?;
        promise.resolutions.set(promise.resolutions.get().wrapping_add(1));
    }
    Ok(Value::UNDEFINED)
}

pub(super) fn resolve_once<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    once(host, |host, promise| promise::resolve(host.mc, host.vm, promise, host.arg(0)))
}

pub(super) fn reject_once<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    once(host, |host, promise| {
        promise::reject(host.mc, host.vm, promise, host.arg(0));
        Ok(())
    })
}

fn then<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let Some(promise): Option<Gc<'gc, Promise<'gc>>> = host.this().downcast() else {
        return Err(host.incompatible("Promise.prototype.then"));
    };
    promise::then(host.mc, host.vm, promise, host.arg(0), host.arg(1))
}

fn rejected<'gc>(host: &mut Host<'_, 'gc>, error: Value<'gc>) -> Outcome<'gc> {
    let promise = promise::new(host.mc)?;
    promise::reject(host.mc, host.vm, promise, error);
    Ok(promise.into())
}

/// Joins the elements of an iterable; what is none rejects the promise.
fn join<'gc>(host: &mut Host<'_, 'gc>, kind: JoinKind) -> Outcome<'gc> {
    let iterable = host.arg(0);
    match iterated(host, iterable) {
        Ok(elements) => {
            let joined = promise::combine(host.mc, host.vm, kind, &elements)?;
            iterator::exhaust(host.mc, iterable);
            Ok(joined)
        }
        Err(Stop::Throw(error)) => rejected(host, error),
        Err(stop) => Err(stop),
    }
}

/// The first argument, a function.
fn callback<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let callback = host.arg(0);
    if host.is_callable(callback) {
        return Ok(callback);
    }
    let received = match convert::type_atom(host.vm, callback) {
        names::UNDEFINED => "undefined".to_owned(),
        names::OBJECT if callback.is_nil() => "null".to_owned(),
        names::OBJECT => {
            format!("an instance of {}", property::proto_of(host.vm, callback).map_or("Object", Proto::name))
        }
        kind => {
            let shown = inspect::inspect(host.mc, host.vm, callback, 0)?;
            format!("type {} ({shown})", host.vm.code.atoms.text(kind))
        }
    };
    Err(host.type_error(&format!("The \"callback\" argument must be of type function. Received {received}")))
}

fn set_timeout<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let callback = callback(host)?;
    let delay = host.number(1)?;
    events::set_timeout(host.mc, host.vm, callback, delay, &host.args_from(2))
}

fn clear_timeout<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    events::clear_timeout(host.mc, host.vm, host.arg(0));
    Ok(Value::UNDEFINED)
}

fn queue_microtask<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let callback = callback(host)?;
    promise::spawn(host.mc, host.vm, callback)?;
    Ok(Value::UNDEFINED)
}

/// `hostFetch(url, {delay, fail})`: a page, some milliseconds later, from another thread.
fn host_fetch<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let url = host.string(0)?;
    let url = string::to_rust(host.mc, url)?;
    let options = host.arg(1);
    let (mut delay, mut fail) = (1.0, false);
    if options.is_heap() {
        delay = host.property(options, "delay")?.as_number().unwrap_or(delay);
        fail = convert::to_boolean(host.property(options, "fail")?);
    }
    let delay = Duration::from_secs_f64(if delay >= 1.0 { delay.min(1e9) } else { 1.0 } / 1e3);
    if host.vm.tasks.clock() == Clock::Virtual {
        // A thread would need real time.
        let url = host.mc.alloc_str(&url)?.into();
        return Ok(events::later(host.mc, host.vm, delay, if fail { Err(url) } else { Ok(url) }, fetched)?.into());
    }
    let (promise, completer) = events::external(host.mc, host.vm, fetched)?;
    host.vm.host.pool().after(delay, move || match fail {
        true => completer.fail_with(move |mc| Ok(mc.alloc_str(&url)?.into())),
        false => completer.complete_with(move |mc| Ok(mc.alloc_str(&url)?.into())),
    });
    Ok(promise.into())
}

/// What a page is to a script.
fn fetched<'gc>(host: &mut Host<'_, 'gc>, page: Result<Value<'gc>, Value<'gc>>) -> Outcome<'gc> {
    let (Ok(url) | Err(url)) = page;
    let url = url.downcast::<Str>().map_or("", |url| url.as_ref());
    if page.is_err() {
        return Err(host.error(ErrorKind::Error, &format!("fetch failed: {url}")));
    }
    let (body, url) = (host.text(&format!("page {url}"))?, host.text(url)?);
    host.object(&[("url", url), ("status", Value::int(200)), ("body", body)])
}

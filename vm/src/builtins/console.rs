//! `console`.
//!
//! Invariant: a line is made whole before any of it is written.

use mangrove_gc::Value;

use crate::host::{Home, Host, NativeInfo};
use crate::inspect;
use crate::runtime::Outcome;

const CONSOLE: Home = Home::Namespace("console");

pub(super) const NATIVES: &[NativeInfo] = &[
    NativeInfo::new(CONSOLE, "debug", 0, log),
    NativeInfo::new(CONSOLE, "error", 0, error),
    NativeInfo::new(CONSOLE, "group", 0, group),
    NativeInfo::new(CONSOLE, "groupEnd", 0, group_end),
    NativeInfo::new(CONSOLE, "info", 0, log),
    NativeInfo::new(CONSOLE, "log", 0, log),
    NativeInfo::new(CONSOLE, "warn", 0, error),
];

fn log<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let line = inspect::format(host.mc, host.vm, &host.args())?;
    host.vm.host.print(&line);
    Ok(Value::UNDEFINED)
}

fn error<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let line = inspect::format(host.mc, host.vm, &host.args())?;
    host.vm.host.complain(&line);
    Ok(Value::UNDEFINED)
}

fn group<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    if host.argc() > 0 {
        log(host)?;
    }
    host.vm.host.group(1);
    Ok(Value::UNDEFINED)
}

fn group_end<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    host.vm.host.group(-1);
    Ok(Value::UNDEFINED)
}

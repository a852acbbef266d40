//! What the prelude needs to convert what a native or an instruction wants to be primitive, and to go on with it.
//!
//! Invariant: what is called again has changed nothing before, and sees primitive values where it was given objects.

use mangrove_gc::Value;

use crate::host::{Home, Host, NativeInfo};
use crate::interp::{self, call};
use crate::runtime::array::{self, Array};
use crate::runtime::{Conversion, Outcome, Stop, convert};

pub(super) const NATIVES: &[NativeInfo] = &[NativeInfo::new(Home::Internal, "retry", 4, retry)];

/// `(call, wanted, length, isNew)`: the result of the native that is the first of `call`, with the others as its `this`
/// and arguments; or `wanted`, when it wants another one to be primitive: then that says which, and whether a number.
fn retry<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let wanted = host.arg(1);
    let (Some(call), Some(request)) = (host.arg(0).downcast::<Array<'gc>>(), wanted.downcast::<Array<'gc>>()) else {
        return Ok(Value::UNDEFINED);
    };
    let length = host.arg(2).as_number().map(|length| length as usize);
    match call::call_again(host, &call.to_vec(), length, host.arg(3).same(Value::TRUE)) {
        Err(Stop::Convert(Conversion { place, number })) if place > 0 => {
            array::overwrite(host.mc, request, 0, &[Value::int(place as i32), number.into()]);
            Ok(wanted)
        }
        Err(Stop::Convert(_)) => Err(host.type_error("Cannot convert object to primitive value")),
        outcome => outcome,
    }
}

/// `(function, pc, ...operands)`: what the instruction there does, with these operands.
pub(super) fn operate<'gc>(host: &mut Host<'_, 'gc>) -> Outcome<'gc> {
    let (Some(function), Some(pc)) = (host.arg(0).as_int(), host.arg(1).as_int()) else {
        return Ok(Value::UNDEFINED);
    };
    let object = (2..host.argc()).find(|&index| convert::is_object(host.arg(index)));
    let place = object.map_or(0, |index| 2 + index);
    interp::operate(host, function as usize, pc as usize, 2).map_err(|stop| stop.at(place))
}

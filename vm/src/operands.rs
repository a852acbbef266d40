//! [`operands`]: what the operands of an instruction are. The disassembler prints by it, and the compiler's output is
//! checked by it.

use crate::bytecode::{Instr, Op};

/// What an operand says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A register.
    Register(u16),
    /// Registers in a row: the first and how many.
    Row(u16, u16),
    /// An upvalue.
    Upvalue(u16),
    /// A truth.
    Bool(bool),
    /// A number in the instruction.
    Int(i32),
    /// A number of the program.
    Number(u32),
    /// A string of the program, or a name.
    Atom(u32),
    /// A global.
    Global(u32),
    /// A site of the function.
    Site(u16),
    /// A template of the function; its values are in the row that begins at a register.
    Template(u16, u16),
    /// A function of the program.
    Function(u32),
    /// The packed operand of a join, of which the values are in the row that begins at a register.
    Join(u16, u16),
    /// A jump: instructions from the one behind it.
    Offset(i32),
}

/// The operands of an instruction, in the order in which they are shown.
pub fn operands(instr: Instr) -> Vec<Operand> {
    use Op::*;
    use Operand::{Atom, Bool, Function, Global, Int, Join, Number as Constant, Offset, Register, Row, Site, Template};
    let Instr { op, n, a, b, c } = instr;
    let (wide, r) = (instr.wide(), Register);
    let (short, imm) = (Offset(i32::from(c as i16)), |operand: u16| Int(i32::from(operand as i16)));
    match op {
        ThrowConst => vec![],
        Undefined | Null | Hole | Return | Throw | SpawnTask | ReturnAsync | CancelTask => vec![r(a)],
        Op::Bool => vec![r(a), Bool(b != 0)],
        Op::Int => vec![r(a), Int(wide as i32)],
        Op::Number => vec![r(a), Constant(wide)],
        String | CheckInit => vec![r(a), Atom(wide)],
        Move | NewBox | InitBox | Neg | ToNumber | Not | BitNot | Typeof | Append | AppendAll | CopyProps => {
            vec![r(a), r(b)]
        }
        CheckObject => vec![r(a)],
        GetGlobal | GetGlobalOrUndefined | SetGlobal | InitGlobal => vec![r(a), Global(wide)],
        GetUpvalue => vec![r(a), Operand::Upvalue(b)],
        GetUpvalueBox | SetUpvalueBox => vec![r(a), Operand::Upvalue(b), Atom(c.into())],
        GetBox | SetBox => vec![r(a), r(b), Atom(c.into())],
        Add | Sub | Mul | Div | Rem | Pow | BitAnd | BitOr | BitXor | Shl | Shr | ShrUnsigned | Eq | Ne | StrictEq
        | StrictNe | Lt | Le | Gt | Ge | In | Instanceof | GetIndex | SetIndex | DeleteIndex | ForInHas => {
            vec![r(a), r(b), r(c)]
        }
        AddInt | SubInt => vec![r(a), r(b), imm(c)],
        Concat | NewArray => vec![r(a), Row(b, c)],
        Jump | Loop => vec![Offset(wide as i32)],
        JumpIf | JumpNullish | JumpUndefined => vec![r(a), Bool(n != 0), Offset(wide as i32)],
        JumpLt | JumpLe | JumpGt | JumpGe | JumpStrictEq => vec![r(a), r(b), Bool(n != 0), short],
        JumpLtInt | JumpLeInt | JumpGtInt | JumpGeInt | JumpStrictEqInt => vec![r(a), imm(b), Bool(n != 0), short],
        NewObject => vec![r(a), Template(c, b)],
        GetProp | GetLength | SetProp => vec![r(a), r(b), Site(c)],
        GetMethod => vec![Row(a, 2), r(b), Site(c)],
        ObjectRest => vec![r(a), r(b), Row(c, n.into())],
        IterStart => vec![Row(a, 2), r(b)],
        IterNext => vec![r(a), Row(b, 2), short],
        IterStep | IterRest => vec![r(a), Row(b, 2)],
        ForInKeys | Await | JoinAwait => vec![r(a), r(b)],
        Closure => vec![r(a), Function(wide)],
        Call | New => vec![Row(a, b.saturating_add(2))],
        CallSpread | NewSpread => vec![Row(a, 3)],
        JoinInit => vec![r(a), Join(c, b)],
    }
}

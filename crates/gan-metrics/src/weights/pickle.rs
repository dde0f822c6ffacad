//! A reader of Python's pickles that builds data and executes nothing.
//!
//! Values live in one arena and point at each other by index, so a hostile file can neither make a
//! deep recursion nor a cycle that is walked for ever. Every value costs the file at least a byte.

use super::input::{Input, Step};
use super::opcode::{REFUSED, code};
use std::collections::HashMap;

/// The index of a value in [`Pickle::values`].
pub(super) type Id = u32;

/// Values of one pickle: a state dict of Inception has about 12,000.
pub(super) const MOST_VALUES: usize = 1 << 20;

/// A value of Python's. Dictionaries keep their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i128),
    Float,
    Text(String),
    Bytes,
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// The name of a class or function; nothing is ever looked up.
    Global(&'static str),
    /// A call of a function by name, not carried out.
    Call(&'static str, Id),
    /// A reference to something outside the pickle.
    Persistent(Id),
}

/// What a pickle describes.
#[derive(Debug)]
pub(super) struct Pickle {
    values: Vec<Value>,
    /// The value itself.
    pub root: Id,
    /// Bytes up to and with the last instruction.
    pub length: usize,
}

impl Pickle {
    pub fn get(&self, id: Id) -> &Value {
        // Ids are made by the machine alone; None stands for what cannot be.
        self.values.get(id as usize).unwrap_or(&Value::None)
    }

    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

/// Reads one pickle from the front of `bytes`. Names other than `allowed` ones are refused.
pub(super) fn read(bytes: &[u8], allowed: &[&'static str]) -> Result<Pickle, String> {
    let mut machine = Machine {
        input: Input::new(bytes),
        allowed,
        values: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    loop {
        let start = machine.input.at();
        match machine.step() {
            Ok(None) => {}
            Ok(Some(root)) => {
                return Ok(Pickle { values: machine.values, root, length: machine.input.at() });
            }
            Err(problem) => return Err(format!("the pickle at byte {start}: {problem}")),
        }
    }
}

struct Machine<'a> {
    input: Input<'a>,
    allowed: &'a [&'static str],
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl Machine<'_> {
    /// Carries out one instruction; the last one returns the result.
    fn step(&mut self) -> Step<Option<Id>> {
        let op = self.input.take(1)?[0];
        match op {
            code::PROTO => match self.input.take(1)?[0] {
                2..=5 => {}
                other => return Err(format!("protocol {other}; expected 2 to 5")),
            },
            code::FRAME => drop(self.input.take(8)?),
            code::STOP => return self.pop().map(Some),
            code::MARK => self.marks.push(self.stack.len()),
            code::POP => drop(self.pop()?),
            code::POP_MARK => drop(self.pop_mark()?),
            code::DUP => self.stack.push(self.top()?),
            code::NONE => self.push(Value::None)?,
            code::NEWTRUE => self.push(Value::Bool(true))?,
            code::NEWFALSE => self.push(Value::Bool(false))?,
            code::BININT1 => self.integer(1, false)?,
            code::BININT2 => self.integer(2, false)?,
            code::BININT => self.integer(4, true)?,
            code::LONG1 => {
                let length = usize::from(self.input.take(1)?[0]);
                self.integer(length, true)?;
            }
            code::BINFLOAT => {
                self.input.take(8)?;
                self.push(Value::Float)?;
            }
            code::SHORT_BINUNICODE | code::SHORT_BINSTRING => self.text(1)?,
            code::BINUNICODE | code::BINSTRING => self.text(4)?,
            code::BINUNICODE8 => self.text(8)?,
            code::SHORT_BINBYTES | code::BINBYTES | code::BINBYTES8 => {
                let width = match op {
                    code::SHORT_BINBYTES => 1,
                    code::BINBYTES => 4,
                    _ => 8,
                };
                self.input.counted(width)?;
                self.push(Value::Bytes)?;
            }
            code::EMPTY_TUPLE => self.push(Value::Tuple(Vec::new()))?,
            code::EMPTY_LIST => self.push(Value::List(Vec::new()))?,
            code::EMPTY_DICT => self.push(Value::Dict(Vec::new()))?,
            code::TUPLE1 => self.tuple(1)?,
            code::TUPLE2 => self.tuple(2)?,
            code::TUPLE3 => self.tuple(3)?,
            code::TUPLE => {
                let items = self.pop_mark()?;
                self.push(Value::Tuple(items))?;
            }
            code::LIST => {
                let items = self.pop_mark()?;
                self.push(Value::List(items))?;
            }
            code::DICT => {
                let items = pairs(&self.pop_mark()?)?;
                self.push(Value::Dict(items))?;
            }
            code::APPEND => {
                let item = self.pop()?;
                self.append(&[item])?;
            }
            code::APPENDS => {
                let items = self.pop_mark()?;
                self.append(&items)?;
            }
            code::SETITEM => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(&[(key, value)])?;
            }
            code::SETITEMS => {
                let items = pairs(&self.pop_mark()?)?;
                self.set(&items)?;
            }
            code::BINPUT => {
                let slot = u32::from(self.input.take(1)?[0]);
                self.memo.insert(slot, self.top()?);
            }
            code::LONG_BINPUT => {
                let slot = self.input.count(4)? as u32;
                self.memo.insert(slot, self.top()?);
            }
            code::MEMOIZE => {
                let slot = self.memo.len() as u32;
                self.memo.insert(slot, self.top()?);
            }
            code::BINGET => {
                let slot = u32::from(self.input.take(1)?[0]);
                self.recall(slot)?;
            }
            code::LONG_BINGET => {
                let slot = self.input.count(4)? as u32;
                self.recall(slot)?;
            }
            code::GLOBAL => {
                let (module, name) = (self.input.line()?, self.input.line()?);
                self.global(&module, &name)?;
            }
            code::STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (name, module) = (self.string(name)?, self.string(module)?);
                self.global(&module, &name)?;
            }
            code::BINPERSID => {
                let id = self.pop()?;
                self.push(Value::Persistent(id))?;
            }
            code::REDUCE => self.reduce()?,
            code::BUILD => self.build()?,
            other => {
                let name = REFUSED.iter().find(|(op, _)| *op == other).map(|(_, name)| *name);
                return Err(match name {
                    Some(name) => {
                        format!("the instruction {name} is refused: weights do not need it")
                    }
                    None => format!("{other:#04x} is no instruction of pickle's"),
                });
            }
        }
        Ok(None)
    }

    fn integer(&mut self, width: usize, signed: bool) -> Step<()> {
        let number = self.input.integer(width, signed)?;
        self.push(Value::Int(number))
    }

    fn text(&mut self, width: usize) -> Step<()> {
        let bytes = self.input.counted(width)?;
        let text = std::str::from_utf8(bytes).map_err(|_| "a text that is not UTF-8")?;
        self.push(Value::Text(text.to_owned()))
    }

    fn tuple(&mut self, count: usize) -> Step<()> {
        let start = self.floor(count)?;
        let items = self.stack.split_off(start);
        self.push(Value::Tuple(items))
    }

    fn push(&mut self, value: Value) -> Step<()> {
        if self.values.len() >= MOST_VALUES {
            return Err(format!("more than {MOST_VALUES} values: no state dict of a network"));
        }
        self.stack.push(self.values.len() as Id);
        self.values.push(value);
        Ok(())
    }

    /// Where the top `count` values of the stack begin; they may not reach below the last mark.
    fn floor(&self, count: usize) -> Step<usize> {
        let lowest = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(count) {
            Some(start) if start >= lowest => Ok(start),
            _ => Err("an instruction needs more values than there are".to_owned()),
        }
    }

    fn top(&self) -> Step<Id> {
        self.floor(1).map(|at| self.stack[at])
    }

    fn pop(&mut self) -> Step<Id> {
        let at = self.floor(1)?;
        Ok(self.stack.split_off(at)[0])
    }

    /// Everything above the last mark.
    fn pop_mark(&mut self) -> Step<Vec<Id>> {
        let mark = self.marks.pop().ok_or("no mark")?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn at_mut(&mut self, id: Id) -> Option<&mut Value> {
        self.values.get_mut(id as usize)
    }

    fn append(&mut self, items: &[Id]) -> Step<()> {
        let list = self.top()?;
        match self.at_mut(list) {
            Some(Value::List(all)) => all.extend(items),
            _ => return Err("items appended to what is no list".to_owned()),
        }
        Ok(())
    }

    fn set(&mut self, items: &[(Id, Id)]) -> Step<()> {
        let dict = self.top()?;
        match self.at_mut(dict) {
            Some(Value::Dict(all)) => all.extend(items),
            _ => return Err("items set in what is no dictionary".to_owned()),
        }
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Step<()> {
        let id = *self.memo.get(&slot).ok_or_else(|| format!("memo {slot} is empty"))?;
        self.stack.push(id);
        Ok(())
    }

    fn string(&self, id: Id) -> Step<String> {
        match self.values.get(id as usize) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err("a name that is no text".to_owned()),
        }
    }

    fn global(&mut self, module: &str, name: &str) -> Step<()> {
        let full = format!("{module}.{name}");
        let known = self.allowed.iter().find(|allowed| **allowed == full).ok_or_else(|| {
            let full: String = full.chars().take(80).flat_map(char::escape_default).collect();
            format!(
                "it names `{full}`, which weights do not need: refused, nothing was executed. \
                 Save the network's `state_dict()` alone"
            )
        })?;
        self.push(Value::Global(known))
    }

    /// A call: an ordered dictionary is made, everything else is noted down.
    fn reduce(&mut self) -> Step<()> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Some(&Value::Global(name)) = self.values.get(function as usize) else {
            return Err("a call of what is no function".to_owned());
        };
        let Some(Value::Tuple(items)) = self.values.get(arguments as usize) else {
            return Err(format!("a call of `{name}` whose arguments are no tuple"));
        };
        if name != "collections.OrderedDict" {
            return self.push(Value::Call(name, arguments));
        }
        let entries = match items.first().map(|id| self.values.get(*id as usize)) {
            None => Vec::new(),
            Some(Some(Value::List(list))) => {
                let pair = |id: &Id| match self.values.get(*id as usize) {
                    Some(Value::Tuple(pair) | Value::List(pair)) if pair.len() == 2 => {
                        Ok((pair[0], pair[1]))
                    }
                    _ => Err("an ordered dictionary made of no pairs"),
                };
                list.iter().map(pair).collect::<Result<_, _>>()?
            }
            Some(_) => return Err("an ordered dictionary made of no list".to_owned()),
        };
        self.push(Value::Dict(entries))
    }

    /// Attributes for the value below: a state dict carries `_metadata`, which is left out.
    fn build(&mut self) -> Step<()> {
        self.pop()?;
        let below = self.top()?;
        match self.values.get(below as usize) {
            Some(Value::Dict(_)) => Ok(()),
            _ => Err("attributes for what is no dictionary are refused".to_owned()),
        }
    }
}

fn pairs(items: &[Id]) -> Step<Vec<(Id, Id)>> {
    if !items.len().is_multiple_of(2) {
        return Err("a dictionary with a key that has no value".to_owned());
    }
    Ok(items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
}

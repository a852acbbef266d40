//! [`Heap::snapshot`](crate::Heap::snapshot): the graph of the heap in the `.heapsnapshot` format of Chrome's DevTools.
//!
//! What a tool shows: synthetic nodes for the groups of roots (`tasks: …`, handles), below them the objects, with
//! the names of their types and fields. So "which task keeps this alive" is the retainers view of a node.
//!
//! Invariant: the graph is that which the collector sees: roots by `trace`, fields by the pointer map or `trace`.

use std::collections::HashMap;
use std::io::{self, Write};

use crate::core::Core;
use crate::ephemeron::Ephemerons;
use crate::heap::RootVisit;
use crate::layout::{Shape, Tail};
use crate::object::{Obj, at};
use crate::tail::Str;
use crate::trace::{Sink, Visitor};

/// Longest name of a string node, in characters.
const MAX_TEXT: usize = 120;
/// Numbers of a node, and of an edge, in the format.
const NODE_FIELDS: usize = 7;

/// What a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotReport {
    /// Objects reached from the roots.
    pub objects: usize,
    /// References among them, and from the groups of roots.
    pub references: usize,
    /// Bytes of the objects, headers included.
    pub bytes: usize,
}

#[derive(Clone, Copy)]
enum NodeKind {
    Array = 1,
    String = 2,
    Object = 3,
    Native = 8,
    Synthetic = 9,
}

#[derive(Clone, Copy)]
enum EdgeKind {
    Element = 1,
    Property = 2,
    Internal = 3,
    Weak = 6,
}

struct Node {
    kind: NodeKind,
    name: usize,
    bytes: usize,
    edges: Vec<Edge>,
}

struct Edge {
    kind: EdgeKind,
    /// Of a string, or the index of an element.
    name: usize,
    to: usize,
}

impl Core {
    pub(crate) fn snapshot(&mut self, roots: &mut RootVisit<'_>, out: &mut dyn Write) -> io::Result<SnapshotReport> {
        let mut graph = Graph::new();
        roots(&mut Visitor::new(&mut graph, false));
        graph.group("handles");
        self.handles.visit(|word| graph.word(word));
        graph.walk();
        graph.write(out)
    }
}

struct Graph {
    nodes: Vec<Node>,
    /// The node of each object that was met.
    seen: HashMap<usize, usize>,
    /// Objects whose slots are still to be visited.
    open: Vec<Obj>,
    strings: Vec<String>,
    interned: HashMap<String, usize>,
    groups: HashMap<&'static str, usize>,
    /// The node whose slots are visited.
    from: usize,
    /// The field that is visited, if it has a name.
    field: &'static str,
}

/// The first node: what DevTools calls the root.
const ROOT: usize = 0;

impl Graph {
    fn new() -> Self {
        let mut graph = Graph {
            nodes: Vec::new(),
            seen: HashMap::new(),
            open: Vec::new(),
            strings: Vec::new(),
            interned: HashMap::new(),
            groups: HashMap::new(),
            from: ROOT,
            field: "",
        };
        graph.synthetic("");
        graph.group("roots");
        graph
    }

    fn intern(&mut self, text: &str) -> usize {
        if let Some(&index) = self.interned.get(text) {
            return index;
        }
        self.strings.push(text.to_owned());
        self.interned.insert(text.to_owned(), self.strings.len() - 1);
        self.strings.len() - 1
    }

    fn synthetic(&mut self, name: &str) -> usize {
        let name = self.intern(name);
        self.nodes.push(Node { kind: NodeKind::Synthetic, name, bytes: 0, edges: Vec::new() });
        self.nodes.len() - 1
    }

    /// The node of an object, which is visited later if it is new.
    fn node_of(&mut self, object: Obj) -> usize {
        if let Some(&node) = self.seen.get(&object.0) {
            return node;
        }
        // SAFETY: slots of roots and of live objects point to live objects, and no collection runs.
        let (info, bytes) = unsafe { (object.info(), object.size(object.info())) };
        let (kind, name) = if info.is::<Str>() {
            // SAFETY: its type is `Str`, and nothing changes it.
            let text: &Str = unsafe { &*at(object.payload()) };
            (NodeKind::String, text.chars().take(MAX_TEXT).collect())
        } else {
            let kind = match info.tail {
                Tail::Slots => NodeKind::Array,
                Tail::Bytes => NodeKind::Native,
                Tail::None => NodeKind::Object,
            };
            (kind, info.name().to_owned())
        };
        let name = self.intern(&name);
        self.nodes.push(Node { kind, name, bytes, edges: Vec::new() });
        self.seen.insert(object.0, self.nodes.len() - 1);
        self.open.push(object);
        self.nodes.len() - 1
    }

    fn edge(&mut self, kind: EdgeKind, name: usize, word: u64) {
        if let Some(object) = Obj::from_word(word) {
            let to = self.node_of(object);
            self.nodes[self.from].edges.push(Edge { kind, name, to });
        }
    }

    fn walk(&mut self) {
        while let Some(object) = self.open.pop() {
            self.from = self.seen[&object.0];
            // SAFETY: a live object, see `node_of`; nothing else refers to its payload while the heap is at rest.
            unsafe {
                let info = object.info();
                if info.shape == Shape::Custom {
                    (info.trace)(object.payload(), &mut Visitor::new(self, false));
                    continue;
                }
                for slot in info.map.slots() {
                    self.field = slot.field;
                    self.word(at(object.payload() + slot.offset as usize));
                }
                self.field = "";
                if info.tail == Tail::Slots {
                    for index in 0..object.tail_len() {
                        self.edge(EdgeKind::Element, index, *at(object.0 + info.fixed as usize + index * 8));
                    }
                }
            }
        }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<SnapshotReport> {
        let references = self.nodes.iter().map(|node| node.edges.len()).sum();
        write!(
            out,
            "{{\"snapshot\":{{\"meta\":{META},\"node_count\":{},\"edge_count\":{references},\"trace_function_count\":0}},\"nodes\":[",
            self.nodes.len()
        )?;
        for (index, node) in self.nodes.iter().enumerate() {
            let comma = if index == 0 { "" } else { ",\n" };
            let Node { kind, name, bytes, edges } = node;
            write!(out, "{comma}{},{name},{},{bytes},{},0,0", *kind as u8, index * 2 + 1, edges.len())?;
        }
        write!(out, "],\"edges\":[")?;
        for (index, edge) in self.nodes.iter().flat_map(|node| &node.edges).enumerate() {
            let comma = if index == 0 { "" } else { ",\n" };
            write!(out, "{comma}{},{},{}", edge.kind as u8, edge.name, edge.to * NODE_FIELDS)?;
        }
        write!(out, "],\"trace_function_infos\":[],\"trace_tree\":[],\"samples\":[],\"locations\":[],\"strings\":[")?;
        for (index, text) in self.strings.iter().enumerate() {
            out.write_all(if index == 0 { b"" } else { b",\n" })?;
            write_json(out, text)?;
        }
        out.write_all(b"]}\n")?;
        let bytes = self.nodes.iter().map(|node| node.bytes).sum();
        Ok(SnapshotReport { objects: self.seen.len(), references, bytes })
    }
}

/// The description of the columns, as V8 writes it.
const META: &str = r#"{"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","concatenated string","sliced string","symbol","bigint","object shape"],"string","number","number","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],"trace_function_info_fields":[],"trace_node_fields":[],"sample_fields":[],"location_fields":[]}"#;

/// A JSON string.
fn write_json(out: &mut dyn Write, text: &str) -> io::Result<()> {
    out.write_all(b"\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(out, "\\{c}")?,
            c if c < ' ' => write!(out, "\\u{:04x}", c as u32)?,
            c => write!(out, "{c}")?,
        }
    }
    out.write_all(b"\"")
}

impl Sink for Graph {
    fn word(&mut self, slot: *mut u64) {
        // SAFETY: a visited slot is readable.
        let word = unsafe { *slot };
        if self.field.is_empty() {
            // By its place among its neighbours.
            let place = self.nodes[self.from].edges.len();
            self.edge(EdgeKind::Element, place, word);
        } else {
            let name = self.intern(self.field);
            self.edge(EdgeKind::Property, name, word);
        }
    }

    fn weak(&mut self, slot: *mut u64) {
        let name = self.intern("weak");
        // SAFETY: a visited slot is readable.
        self.edge(EdgeKind::Weak, name, unsafe { *slot });
    }

    fn ephemerons(&mut self, table: *mut Ephemerons) {
        // SAFETY: a visited table is readable.
        for entry in unsafe { &*table }.entries() {
            let (key, value) = (self.intern("key"), self.intern("value of a key"));
            self.edge(EdgeKind::Weak, key, entry.key);
            self.edge(EdgeKind::Internal, value, entry.value);
        }
    }

    fn group(&mut self, name: &'static str) {
        if let Some(&node) = self.groups.get(name) {
            self.from = node;
            return;
        }
        let node = self.synthetic(&format!("({name})"));
        self.groups.insert(name, node);
        let label = self.intern(name);
        self.nodes[ROOT].edges.push(Edge { kind: EdgeKind::Property, name: label, to: node });
        self.from = node;
    }
}

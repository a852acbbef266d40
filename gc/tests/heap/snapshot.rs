//! Snapshots load: counts, indices and names are those of the graph.

use mangrove_gc::{Gc, Heap, HeapConfig, Object, Roots, Slot, Str, Trace, Value, Visitor, Weak, WeakMap};
use serde_json::Value as Json;

#[derive(Trace, Object)]
struct Account<'gc> {
    owner: Gc<'gc, Str>,
    partner: Slot<'gc>,
    seen: Weak<'gc, Str>,
}

#[derive(Trace, Object)]
struct Plain<'gc> {
    first: Slot<'gc>,
    second: Slot<'gc>,
}

struct Root<'gc> {
    stack: Vec<Value<'gc>>,
    globals: Vec<Value<'gc>>,
}
// SAFETY: visits all there is.
unsafe impl<'gc> Trace<'gc> for Root<'gc> {
    fn trace(&mut self, visitor: &mut Visitor<'_, 'gc>) {
        visitor.group("stack");
        visitor.slice(&mut self.stack);
        visitor.group("globals");
        visitor.slice(&mut self.globals);
    }
}
struct Host;
impl Roots for Host {
    type Root<'gc> = Root<'gc>;
}

#[test]
fn snapshot_is_the_graph_with_its_names() {
    let mut heap: Heap<Host> =
        Heap::new(HeapConfig::from_env(), |_| Ok(Root { stack: vec![], globals: vec![] })).unwrap();
    heap.mutate(|mc, root| {
        let name = mc.alloc_str("Ann \"the\" \\ ä\n").unwrap();
        let account = Account { owner: name, partner: Slot::new(Value::NIL), seen: name.downgrade() };
        let account = mc.alloc(account).unwrap();
        let plain = Plain { first: Slot::new(account.into()), second: Slot::new(1.into()) };
        let array = mc.alloc_slots((), &[account.into(), name.into(), 7.into()]).unwrap();
        let map = mc.alloc(WeakMap::new(mc)).unwrap();
        map.write(mc).insert(mc, account.into(), name.into()).unwrap();
        root.stack = vec![mc.alloc(plain).unwrap().into(), 5.into()];
        root.globals = vec![array.into(), map.into()];
    });
    heap.safepoint().unwrap();
    let mut out = Vec::new();
    let report = heap.snapshot(&mut out).unwrap();
    let json: Json = serde_json::from_slice(&out).unwrap();
    let numbers = |key: &str| -> Vec<usize> {
        json[key].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect()
    };
    let strings: Vec<&str> = json["strings"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    let (nodes, edges) = (numbers("nodes"), numbers("edges"));
    assert_eq!(nodes.len(), 7 * json["snapshot"]["node_count"].as_u64().unwrap() as usize);
    assert_eq!(edges.len(), 3 * report.references);
    assert_eq!(nodes.chunks(7).map(|node| node[4]).sum::<usize>(), report.references);
    assert!(edges.chunks(3).all(|edge| edge[2] % 7 == 0 && edge[2] < nodes.len()));
    assert_eq!(report.objects, 5);
    let named: Vec<&str> = nodes.chunks(7).map(|node| strings[node[1]]).collect();
    for expected in ["(stack)", "(globals)", "(handles)", "Ann \"the\" \\ ä\n"] {
        assert!(named.contains(&expected), "{expected} in {named:?}");
    }
    assert!(named.iter().any(|name| name.contains("Account")));
    let fields: Vec<&str> = edges.chunks(3).filter(|edge| edge[0] == 2).map(|edge| strings[edge[1]]).collect();
    assert!(fields.contains(&"first"), "{fields:?}");
    heap.verify().unwrap();
}

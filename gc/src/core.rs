//! stub
use crate::{error::*, handle::HandleTable, heap::*, object::Obj, stats::*, verify::*, zeal::HeapConfig};
use std::{cell::Cell, rc::Rc};
pub(crate) struct Core {
    pub(crate) wants: Cell<bool>,
    pub(crate) handles: Rc<HandleTable>,
    pub(crate) external: Rc<Cell<usize>>,
    pub(crate) config: HeapConfig,
    pub(crate) observer: Option<Box<dyn FnMut(&Event)>>,
}
#[allow(unused)]
impl Core {
    pub(crate) fn new(config: HeapConfig) -> Result<Self, HeapError> {
        todo!()
    }
    pub(crate) fn allocate(&self, size: usize, align16: bool) -> Result<Obj, AllocError> {
        todo!()
    }
    pub(crate) fn will_drop(&self, object: Obj) {
        todo!()
    }
    pub(crate) fn log_object(&self, object: Obj, header: usize) {
        todo!()
    }
    pub(crate) fn log_slot(&self, slot: usize) {
        todo!()
    }
    pub(crate) fn external_alloc(&self, bytes: usize) -> Result<(), AllocError> {
        todo!()
    }
    pub(crate) fn safepoint(&mut self, roots: &mut RootVisit<'_>) {
        todo!()
    }
    pub(crate) fn collect(&mut self, what: Collect, roots: &mut RootVisit<'_>) {
        todo!()
    }
    pub(crate) fn after_work(&mut self) {
        todo!()
    }
    pub(crate) fn verify(&mut self, roots: &mut RootVisit<'_>) -> Result<Report, VerifyError> {
        todo!()
    }
    pub(crate) fn stats(&self) -> Stats {
        todo!()
    }
    pub(crate) fn drop_all(&mut self) {
        todo!()
    }
}

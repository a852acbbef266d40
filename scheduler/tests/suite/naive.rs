//! A naive model of joins, scopes and cancellation: vectors, clones and searches, written from the table of kinds. What
//! differs from the scheduler is what matters: it has no table, no links, no slots, no generations and no columns.

use std::collections::VecDeque;

use mangrove_scheduler::{JoinKind, JoinOptions, ScopeOptions};

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Out {
    Ok(Option<i32>),
    Err(i32),
    Cancelled,
    Abandoned,
    Aggregate,
    EmptyJoin,
    /// The last candidates of a join of kind Any are on a cycle with it.
    Deadlock,
}

impl Out {
    pub(crate) fn value(&self) -> Option<i32> {
        match self {
            Out::Ok(value) => *value,
            Out::Err(error) => Some(*error),
            _ => None,
        }
    }

    pub(crate) fn show(&self) -> String {
        match self {
            Out::Ok(None) => "ok nil".into(),
            Out::Ok(Some(number)) => format!("ok {number}"),
            Out::Err(number) => format!("err {number}"),
            Out::Cancelled => "cancelled ".into(),
            Out::Abandoned => "abandoned".into(),
            Out::Aggregate => "Aggregate".into(),
            Out::EmptyJoin => "EmptyJoin".into(),
            Out::Deadlock => "Deadlock".into(),
        }
    }
}

/// What a task in the queue is resumed with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Why {
    First,
    Yielded,
    Delivery(usize),
    Refused,
    Cancelled,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Kind {
    Queued(Why),
    Running,
    Awaits(usize),
    External,
    Join {
        kind: JoinKind,
        options: JoinOptions,
        tasks: Vec<usize>,
        open: Vec<bool>,
        parts: Vec<Option<Out>>,
        winner: Option<usize>,
        closing: bool,
    },
    Scope {
        options: ScopeOptions,
        members: Vec<usize>,
        closed: bool,
        stopping: bool,
        failure: Option<Out>,
    },
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Waiter {
    Task(usize),
    Part(usize, usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Shadow {
    pub(crate) kind: Kind,
    pub(crate) holds: Option<i32>,
    pub(crate) out: Option<Out>,
    pub(crate) gone: bool,
    pub(crate) cancelled: bool,
    pub(crate) released: bool,
    pub(crate) detached: bool,
    pub(crate) shields: usize,
    pub(crate) scope: Option<usize>,
    /// Tasks in the queue that are to be resumed with its outcome.
    pub(crate) undelivered: usize,
    waiters: Vec<Waiter>,
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) tasks: Vec<Shadow>,
    pub(crate) queue: VecDeque<usize>,
    /// What settled, in order.
    order: Vec<usize>,
    told: Vec<usize>,
    doomed: VecDeque<usize>,
    /// Joins of kind Any that lost a candidate.
    suspects: VecDeque<usize>,
    /// Joins and scopes whose grace runs.
    armed: Vec<usize>,
}

impl Model {
    pub(crate) fn add(&mut self, kind: Kind, holds: Option<i32>) -> usize {
        self.tasks.push(Shadow {
            kind,
            holds,
            out: None,
            gone: false,
            cancelled: false,
            released: false,
            detached: false,
            shields: 0,
            scope: None,
            undelivered: 0,
            waiters: vec![],
        });
        self.tasks.len() - 1
    }

    pub(crate) fn spawn(&mut self, scope: Option<usize>, number: i32) -> usize {
        let task = self.add(Kind::Queued(Why::First), Some(number));
        if let Some(scope) = scope {
            self.tasks[task].released = self.discards(scope);
            if self.dead(scope) {
                self.tasks[task].cancelled = true;
                self.settle(task, Out::Cancelled);
                self.pump();
                return task;
            }
            self.enter(scope, task);
        }
        self.queue.push_back(task);
        task
    }

    pub(crate) fn join(
        &mut self,
        scope: Option<usize>,
        kind: JoinKind,
        options: JoinOptions,
        tasks: Vec<usize>,
    ) -> usize {
        let count = tasks.len();
        let open = vec![true; count];
        let join = self.add(
            Kind::Join {
                kind,
                options,
                tasks: tasks.clone(),
                open,
                parts: vec![None; count],
                winner: None,
                closing: false,
            },
            None,
        );
        if let Some(scope) = scope {
            if self.tasks[scope].out.is_none() {
                self.enter(scope, join);
            }
            self.tasks[join].released = self.discards(scope);
        }
        let mut settled: Vec<usize> = (0..count).filter(|&index| self.tasks[tasks[index]].out.is_some()).collect();
        for &index in &settled {
            self.fill(join, index);
        }
        if kind == JoinKind::All {
            let seq = |index: &usize| self.order.iter().position(|&task| task == tasks[*index]);
            settled.sort_by_key(seq);
        }
        let decided = settled.into_iter().find(|&index| self.decides(join, index));
        for (index, &task) in tasks.iter().enumerate() {
            if self.tasks[task].out.is_none() {
                self.tasks[task].waiters.push(Waiter::Part(join, index));
            }
        }
        match decided {
            Some(index) => self.decide(join, index),
            None => self.exhaust(join),
        }
        self.pump();
        if let Some(scope) = scope
            && self.dead(scope)
        {
            self.doomed.push_back(join);
            self.pump();
        }
        join
    }

    pub(crate) fn adopt(&mut self, scope: usize, task: usize) {
        if self.tasks[task].out.is_some() {
            return;
        }
        if self.tasks[scope].out.is_none() {
            self.enter(scope, task);
        }
        self.tasks[task].released |= self.discards(scope);
        if self.dead(scope) {
            self.doomed.push_back(task);
            self.pump();
        }
    }

    pub(crate) fn close(&mut self, scope: usize) {
        if let Kind::Scope { closed, .. } = &mut self.tasks[scope].kind {
            *closed = true;
        }
        self.end_scope(scope);
        self.pump();
    }

    pub(crate) fn cancel(&mut self, task: usize) {
        self.doomed.push_back(task);
        self.pump();
    }

    /// A task's turn ends, or an external is completed.
    pub(crate) fn end(&mut self, task: usize, out: Out) {
        self.settle(task, out);
        self.pump();
    }

    pub(crate) fn requeue(&mut self, task: usize, why: Why, number: i32) {
        self.tasks[task].holds = Some(number);
        self.tasks[task].kind = Kind::Queued(if self.tells(task) { Why::Cancelled } else { why });
        self.queue.push_back(task);
    }

    pub(crate) fn suspend(&mut self, task: usize, awaited: usize, refused: bool, number: i32) {
        if self.tells(task) {
            return self.requeue(task, Why::Cancelled, number);
        }
        if self.tasks[awaited].out.is_some() {
            self.tasks[awaited].undelivered += 1;
            return self.requeue(task, Why::Delivery(awaited), number);
        }
        if refused {
            return self.requeue(task, Why::Refused, number);
        }
        self.tasks[task].holds = Some(number);
        self.tasks[task].kind = Kind::Awaits(awaited);
        self.tasks[awaited].waiters.push(Waiter::Task(task));
    }

    /// The first of the queue runs, for this reason.
    pub(crate) fn begin(&mut self) -> Option<(usize, Why)> {
        let task = self.queue.pop_front()?;
        let Kind::Queued(why) = self.tasks[task].kind else { panic!("{:?}", self.tasks[task]) };
        if let Why::Delivery(awaited) = why {
            self.tasks[awaited].undelivered -= 1;
        }
        self.tasks[task].kind = Kind::Running;
        Some((task, why))
    }

    pub(crate) fn end_shield(&mut self, task: usize) {
        self.tasks[task].shields -= 1;
    }

    /// As much time passes as all graces that run, and no shield.
    pub(crate) fn pass(&mut self) {
        for owner in std::mem::take(&mut self.armed) {
            if self.tasks[owner].out.is_some() {
                continue;
            }
            let late: Vec<usize> = match &mut self.tasks[owner].kind {
                Kind::Scope { members, .. } => std::mem::take(members),
                Kind::Join { tasks, open, .. } => {
                    let late =
                        tasks.iter().zip(open.iter()).filter(|&(_, &open)| open).map(|(&task, _)| task).collect();
                    open.fill(false);
                    late
                }
                other => panic!("{other:?}"),
            };
            for task in late {
                self.tasks[task].detached = true;
                self.tasks[task].waiters.retain(|&waiter| !matches!(waiter, Waiter::Part(join, _) if join == owner));
                if self.tasks[task].scope == Some(owner) {
                    self.tasks[task].scope = None;
                }
            }
            self.end_scope(owner);
            self.end_closing(owner);
            self.pump();
        }
    }

    pub(crate) fn free(&mut self, task: usize) {
        self.tasks[task].gone = true;
    }

    fn tells(&self, task: usize) -> bool {
        self.tasks[task].cancelled && self.tasks[task].shields == 0
    }

    fn settle(&mut self, task: usize, out: Out) {
        assert!(self.tasks[task].out.is_none());
        self.tasks[task].holds = out.value();
        self.tasks[task].out = Some(out);
        self.order.push(task);
        self.told.push(task);
    }

    fn pump(&mut self) {
        loop {
            if let Some(&task) = self.told.last() {
                self.tell(task);
            } else if let Some(task) = self.doomed.pop_front() {
                self.doom(task);
            } else if let Some(join) = self.suspects.pop_front() {
                if self.tasks[join].out.is_none() && self.hopeless(join) {
                    if let Kind::Join { options: JoinOptions { own: true, .. }, tasks, open, .. } =
                        &self.tasks[join].kind
                    {
                        let open = tasks.iter().zip(open).filter(|&(_, &open)| open);
                        self.doomed.extend(open.map(|(&task, _)| task));
                    }
                    self.let_go(join);
                    self.settle(join, Out::Deadlock);
                }
            } else {
                return;
            }
        }
    }

    /// What must settle before this task can: all of them, or one.
    fn needs(&self, task: usize) -> (Vec<usize>, bool) {
        if self.tasks[task].out.is_some() {
            return (vec![], true);
        }
        match &self.tasks[task].kind {
            Kind::Awaits(awaited) => (vec![*awaited], true),
            Kind::Scope { members, .. } => (members.clone(), true),
            Kind::Join { tasks, open, kind, closing, .. } => {
                let open = tasks.iter().zip(open).filter(|&(_, &open)| open).map(|(&task, _)| task).collect();
                (open, *closing || matches!(kind, JoinKind::All | JoinKind::AllSettled))
            }
            _ => (vec![], true),
        }
    }

    /// Whether a join can never settle, and awaits itself.
    fn hopeless(&self, join: usize) -> bool {
        let mut can = vec![false; self.tasks.len()];
        loop {
            let more: Vec<_> = (0..can.len())
                .filter(|&task| {
                    let (needs, all) = self.needs(task);
                    let met = |&need: &usize| can[need];
                    !can[task] && if all { needs.iter().all(met) } else { needs.iter().any(met) }
                })
                .collect();
            if more.is_empty() {
                break;
            }
            more.into_iter().for_each(|task| can[task] = true);
        }
        let (mut seen, mut work) = (vec![false; can.len()], vec![join]);
        while let Some(task) = work.pop() {
            for need in self.needs(task).0 {
                if !can[need] && !std::mem::replace(&mut seen[need], true) {
                    work.push(need);
                }
            }
        }
        !can[join] && seen[join]
    }

    /// Tells one who waits for the task that settled last, or that it has told all of them.
    fn tell(&mut self, task: usize) {
        if !self.tasks[task].waiters.is_empty() {
            match self.tasks[task].waiters.remove(0) {
                Waiter::Task(waiter) => {
                    self.tasks[task].undelivered += 1;
                    self.tasks[waiter].kind = Kind::Queued(Why::Delivery(task));
                    self.queue.push_back(waiter);
                }
                Waiter::Part(join, index) => self.part(join, index),
            }
            return;
        }
        self.told.retain(|&told| told != task);
        if let Some(scope) = self.tasks[task].scope.take() {
            let out = self.tasks[task].out.clone().unwrap();
            let Kind::Scope { members, options, failure, .. } = &mut self.tasks[scope].kind else { panic!() };
            members.retain(|&member| member != task);
            let fails = matches!(out, Out::Err(_) | Out::Abandoned | Out::Aggregate | Out::EmptyJoin | Out::Deadlock);
            if fails && !options.supervise && failure.is_none() {
                *failure = Some(out.clone());
                self.tasks[scope].holds = out.value();
                self.stop(scope);
            } else {
                self.end_scope(scope);
            }
        }
        if self.tasks[task].released {
            self.free(task);
        }
    }

    fn doom(&mut self, task: usize) {
        if self.tasks[task].out.is_some() || matches!(self.tasks[task].kind, Kind::Join { winner: Some(_), .. }) {
            return;
        }
        if std::mem::replace(&mut self.tasks[task].cancelled, true) {
            return;
        }
        match self.tasks[task].kind.clone() {
            Kind::External => self.settle(task, Out::Cancelled),
            Kind::Join { options, .. } if options.own => self.close_owned(task),
            Kind::Join { .. } => {
                self.let_go(task);
                self.settle(task, Out::Cancelled);
            }
            Kind::Scope { .. } => self.stop(task),
            Kind::Queued(Why::First) => {
                self.queue.retain(|&queued| queued != task);
                self.settle(task, Out::Cancelled);
            }
            _ if self.tasks[task].shields > 0 => {}
            Kind::Queued(why) => {
                if let Why::Delivery(awaited) = why {
                    self.tasks[awaited].undelivered -= 1;
                }
                self.tasks[task].kind = Kind::Queued(Why::Cancelled);
            }
            Kind::Awaits(awaited) => {
                self.tasks[awaited].waiters.retain(|&waiter| waiter != Waiter::Task(task));
                self.tasks[task].kind = Kind::Queued(Why::Cancelled);
                self.queue.push_back(task);
            }
            Kind::Running => {}
        }
    }

    fn part(&mut self, join: usize, index: usize) {
        let Kind::Join { kind, tasks, open, closing, .. } = &mut self.tasks[join].kind else { panic!() };
        if *closing {
            open[index] = false;
            let (kind, child) = (*kind, tasks[index]);
            let out = self.tasks[child].out.clone().unwrap();
            if kind == JoinKind::AllSettled || kind == JoinKind::All && !matches!(out, Out::Ok(_)) {
                self.fill(join, index);
            }
            return self.end_closing(join);
        }
        self.fill(join, index);
        if self.decides(join, index) {
            self.decide(join, index);
        } else {
            self.exhaust(join);
            self.suspects.push_back(join);
        }
    }

    fn fill(&mut self, join: usize, index: usize) {
        let Kind::Join { tasks, .. } = &self.tasks[join].kind else { panic!() };
        let out = self.tasks[tasks[index]].out.clone();
        let Kind::Join { parts, open, .. } = &mut self.tasks[join].kind else { panic!() };
        (parts[index], open[index]) = (out, false);
    }

    fn decides(&self, join: usize, index: usize) -> bool {
        let Kind::Join { kind, parts, .. } = &self.tasks[join].kind else { panic!() };
        let ok = matches!(parts[index], Some(Out::Ok(_)));
        match kind {
            JoinKind::All => !ok,
            JoinKind::Race => true,
            JoinKind::Any => ok,
            JoinKind::AllSettled => false,
        }
    }

    fn decide(&mut self, join: usize, index: usize) {
        let Kind::Join { options, winner, parts, .. } = &mut self.tasks[join].kind else { panic!() };
        *winner = Some(index);
        let out = parts[index].clone().unwrap();
        if options.own {
            return self.close_owned(join);
        }
        self.let_go(join);
        self.settle(join, out);
    }

    /// All are settled, and none decided.
    fn exhaust(&mut self, join: usize) {
        let Kind::Join { kind, open, .. } = &self.tasks[join].kind else { panic!() };
        if open.contains(&true) {
            return;
        }
        let out = match kind {
            JoinKind::All | JoinKind::AllSettled => Out::Ok(None),
            JoinKind::Any => Out::Aggregate,
            JoinKind::Race => Out::EmptyJoin,
        };
        self.settle(join, out);
    }

    /// Takes what has settled in this moment, and gives the places of a join that are open.
    fn open_parts(&mut self, join: usize) -> Vec<(usize, usize)> {
        let Kind::Join { tasks, open, .. } = self.tasks[join].kind.clone() else { panic!() };
        let places = (0..tasks.len()).filter(|&index| open[index]).map(|index| (index, tasks[index]));
        let mut left = vec![];
        for (index, task) in places {
            if self.tasks[task].out.is_some() {
                self.tasks[task].waiters.retain(|&waiter| waiter != Waiter::Part(join, index));
                self.fill(join, index);
            } else {
                left.push((index, task));
            }
        }
        left
    }

    fn let_go(&mut self, join: usize) {
        for (index, task) in self.open_parts(join) {
            self.tasks[task].waiters.retain(|&waiter| waiter != Waiter::Part(join, index));
            let Kind::Join { open, .. } = &mut self.tasks[join].kind else { panic!() };
            open[index] = false;
        }
    }

    fn close_owned(&mut self, join: usize) {
        let Kind::Join { closing, options, .. } = &mut self.tasks[join].kind else { panic!() };
        *closing = true;
        let grace = options.grace.is_some();
        let left = self.open_parts(join);
        if grace && !left.is_empty() {
            self.armed.push(join);
        }
        self.doomed.extend(left.iter().map(|&(_, task)| task));
        self.end_closing(join);
    }

    fn end_closing(&mut self, join: usize) {
        let Kind::Join { open, parts, winner, closing: true, .. } = &self.tasks[join].kind else { return };
        if !open.contains(&true) {
            let out = winner.map_or(Out::Cancelled, |index| parts[index].clone().unwrap());
            self.settle(join, out);
        }
    }

    fn enter(&mut self, scope: usize, task: usize) {
        self.tasks[task].scope = Some(scope);
        let Kind::Scope { members, .. } = &mut self.tasks[scope].kind else { panic!() };
        members.push(task);
    }

    fn discards(&self, scope: usize) -> bool {
        matches!(&self.tasks[scope].kind, Kind::Scope { options, .. } if options.discard)
    }

    fn dead(&self, scope: usize) -> bool {
        self.tasks[scope].out.is_some() || matches!(self.tasks[scope].kind, Kind::Scope { stopping: true, .. })
    }

    fn stop(&mut self, scope: usize) {
        let Kind::Scope { stopping, members, options, .. } = &mut self.tasks[scope].kind else { panic!() };
        if !std::mem::replace(stopping, true) {
            self.doomed.extend(members.iter());
            if options.grace.is_some() && !members.is_empty() {
                self.armed.push(scope);
            }
        }
        self.end_scope(scope);
    }

    fn end_scope(&mut self, scope: usize) {
        let Kind::Scope { members, closed, stopping, failure, .. } = &self.tasks[scope].kind else { return };
        if self.tasks[scope].out.is_none() && members.is_empty() && (*closed || *stopping) {
            let out = match failure {
                Some(failure) => failure.clone(),
                None if self.tasks[scope].cancelled => Out::Cancelled,
                None => Out::Ok(None),
            };
            self.settle(scope, out);
        }
    }
}

//! The intrusive list against an ordinary one, and how a node may be reached. No atomics, so there
//! is nothing for loom; Miri runs this under both models of borrows.
#![cfg(not(loom))]

use std::cell::Cell;
use std::collections::VecDeque;
use std::ptr::NonNull;

use kernel::list::{IntrusiveList, Links, Node};

/// Has more than its links, so that a pointer to all of it differs from one to these.
struct Item {
    number: Cell<u32>,
    links: Links<Item>,
    after: Cell<u32>,
}

// SAFETY: its own field.
unsafe impl Node for Item {
    fn links(&self) -> &Links<Item> {
        &self.links
    }
}

fn item(number: u32) -> Item {
    Item { number: Cell::new(number), links: Links::new(), after: Cell::new(!number) }
}

/// What is in the list, seen from both ends.
fn seen(list: &IntrusiveList<Item>) -> Vec<u32> {
    let number = |node: NonNull<Item>| {
        // SAFETY: these tests remove items before they die.
        let item = unsafe { node.as_ref() };
        assert_eq!(item.after.get(), !item.number.get(), "all of the item is there");
        item.number.get()
    };
    let mut forward = Vec::new();
    let mut at = list.first();
    while let Some(node) = at {
        forward.push(number(node));
        // SAFETY: in the list.
        at = unsafe { list.after(node) };
    }
    let mut backward = Vec::new();
    let mut at = list.last();
    while let Some(node) = at {
        backward.push(number(node));
        // SAFETY: in the list.
        at = unsafe { list.before(node) };
    }
    backward.reverse();
    assert_eq!(forward, backward, "both directions tell the same");
    assert_eq!(list.is_empty(), forward.is_empty());
    forward
}

#[test]
fn t26_any_order_of_changes_is_that_of_an_ordinary_list() {
    const ITEMS: u32 = 6;
    let items: Vec<Item> = (0..ITEMS).map(item).collect();
    let pointer = |number: u32| NonNull::from(&items[usize::try_from(number).expect("small")]);
    let list = IntrusiveList::new();
    let mut model = VecDeque::new();
    let mut random = 1_u32;
    for _ in 0..if cfg!(miri) { 400 } else { 40_000 } {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let number = (random >> 16) % (ITEMS + 1);
        if number == ITEMS {
            let first = list.pop();
            assert_eq!(first, model.pop_front().map(pointer));
        } else if let Some(at) = model.iter().position(|&there| there == number) {
            // SAFETY: in the list, as the model says.
            unsafe { list.remove(pointer(number)) };
            model.remove(at);
        } else {
            // SAFETY: alive until the end, and in no list, as the model says.
            unsafe { list.push(pointer(number)) };
            model.push_back(number);
        }
        assert_eq!(seen(&list), Vec::from(model.clone()));
    }
    while list.pop().is_some() {}
}

#[test]
fn a_node_that_has_left_is_free() {
    let list = IntrusiveList::new();
    let stays = item(1);
    // SAFETY: removed below.
    unsafe { list.push(NonNull::from(&stays)) };
    for number in 2..5 {
        let leaves = Box::new(item(number));
        // SAFETY: removed before it is freed.
        unsafe { list.push(NonNull::from(&*leaves)) };
        assert_eq!(seen(&list), [1, number]);
        // SAFETY: in the list.
        unsafe { list.remove(NonNull::from(&*leaves)) };
        drop(leaves);
        assert_eq!(seen(&list), [1], "its neighbour names it no longer");
    }
    assert_eq!(list.pop(), Some(NonNull::from(&stays)));
    assert_eq!(list.pop(), None);
}

#[test]
fn a_node_may_go_from_one_list_to_another() {
    let (one, other) = (IntrusiveList::new(), IntrusiveList::new());
    let items = [item(1), item(2), item(3)];
    for item in &items {
        // SAFETY: popped below.
        unsafe { one.push(NonNull::from(item)) };
    }
    while let Some(node) = one.pop() {
        assert!(!seen(&one).contains(&1));
        // SAFETY: out of the first list, and popped below.
        unsafe { other.push(node) };
    }
    assert_eq!(seen(&other), [1, 2, 3]);
    while other.pop().is_some() {}
    assert_eq!(seen(&other), []);
}

/// What a list heads: the item first, so that a pointer to one is a pointer to the other.
#[repr(C)]
struct Whole {
    item: Item,
    body: Cell<[u32; 4]>,
}

#[test]
fn t26_the_pointer_that_was_pushed_comes_back_with_all_that_it_reaches() {
    let list = IntrusiveList::new();
    let whole = NonNull::from(Box::leak(Box::new(Whole { item: item(7), body: Cell::default() })));
    // SAFETY: popped below.
    unsafe { list.push(whole.cast()) };
    // A neighbour's links are written through the first node's own reference meanwhile.
    let beside = item(8);
    // SAFETY: removed below.
    unsafe { list.push(NonNull::from(&beside)) };
    let back = list.pop().expect("two are in it").cast::<Whole>();
    assert_eq!(back, whole);
    // SAFETY: the pointer was made from the whole.
    unsafe { back.as_ref() }.body.set([1; 4]);
    // SAFETY: leaked above, out of the list, and freed once.
    let whole = unsafe { Box::from_raw(back.as_ptr()) };
    assert_eq!(whole.body.get(), [1; 4]);
    assert_eq!(seen(&list), [8]);
    while list.pop().is_some() {}
}

/// A walk that calls foreign code reads the list again: here each call takes nodes out and puts
/// one in.
#[test]
fn what_runs_between_two_calls_may_change_the_list() {
    let list = IntrusiveList::new();
    let items: Vec<Item> = (0..5).map(item).collect();
    for item in &items[..4] {
        // SAFETY: all are out at the end.
        unsafe { list.push(NonNull::from(item)) };
    }
    let mut visited = Vec::new();
    while let Some(node) = list.pop() {
        // SAFETY: the items are alive.
        let number = unsafe { node.as_ref() }.number.get();
        visited.push(number);
        if number == 0 {
            // The "destructor" removes the next one and adds another.
            // SAFETY: in the list.
            unsafe { list.remove(NonNull::from(&items[1])) };
            // SAFETY: in no list, popped below.
            unsafe { list.push(NonNull::from(&items[4])) };
        }
    }
    assert_eq!(visited, [0, 2, 3, 4]);
}

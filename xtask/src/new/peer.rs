//! A peer: a package for workloads on a public crate, with its marker and its place in tables.

use anyhow::Result;
use xtask_bench::Tree;

use super::skeleton::{Skeleton, WORKSPACE};

/// Tables show peers in tens, so that one can be put between two.
const STEP: u32 = 10;

pub(super) fn skeleton(tree: &Tree, id: &str) -> Result<Skeleton> {
    let dir = tree.root.join("workloads/peers").join(id);
    let marker = id.replace('-', "_");
    let order = STEP * (u32::try_from(tree.peers().len()).unwrap_or(0) + 1);
    Ok(vec![
        (dir.join("Cargo.toml"), manifest(id)),
        (
            dir.join("peer.toml"),
            format!(
                "# How reports show this crate as published.\nid = \"{id}\"\norder = {order}\n"
            ),
        ),
        (dir.join("src/block_on.rs"), block_on(id, &marker)),
    ])
}

/// The row of ARCHITECTURE.md that lets the marker be.
pub(super) fn unsafe_row(id: &str) -> String {
    format!("- `workloads/peers/{id}/src/block_on.rs`: the marker symbol.\n")
}

fn manifest(id: &str) -> String {
    format!(
        "# {id}: say here which parts of the crate are used.\n[package]\nname = \"peer-{id}\"\n\
         {WORKSPACE}\n[package.metadata.mount]\ndesign = \"{id}\"\n\n[dependencies]\n\
         contract.workspace = true\noracles = {{ workspace = true, features = [\"std\"] }}\n\n\
         [lints]\nworkspace = true\n"
    )
}

fn block_on(id: &str, marker: &str) -> String {
    format!(
        "//! The marker, and the runtime as the crate's documentation builds it.\n\n\
         use std::future::Future;\nuse std::hint::black_box;\nuse std::pin::pin;\n\
         use std::sync::Arc;\nuse std::task::{{Context, Poll, Wake, Waker}};\nuse std::thread;\n\n\
         /// Reached by every measured call of this peer and by no other.\n\
         #[unsafe(no_mangle)]\n#[inline(never)]\npub extern \"C\" fn awb_marker_{marker}() {{\n    \
         black_box(\"{id}\");\n}}\n\n\
         /// Wakes the thread that runs a program.\nstruct Unpark(thread::Thread);\n\n\
         impl Wake for Unpark {{\n    fn wake(self: Arc<Self>) {{\n        self.0.unpark();\n    }}\n\
         }}\n\n\
         /// Runs a program on this thread. Replace the loop by the runtime of the crate.\n\
         pub fn block_on<T>(program: impl Future<Output = T>) -> T {{\n    awb_marker_{marker}();\n    \
         let mut program = pin!(program);\n    \
         let waker = Waker::from(Arc::new(Unpark(thread::current())));\n    \
         let mut cx = Context::from_waker(&waker);\n    loop {{\n        \
         match program.as_mut().poll(&mut cx) {{\n            \
         Poll::Ready(output) => return output,\n            \
         Poll::Pending => thread::park(),\n        }}\n    }}\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_a_symbol_of_its_own() {
        let text = block_on("my-crate", "my_crate");
        assert!(text.contains("fn awb_marker_my_crate()"));
        assert!(manifest("my-crate").contains("name = \"peer-my-crate\""));
    }
}

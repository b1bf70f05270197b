//! Where the text of a form stands in the tree.

use std::path::{Path, PathBuf};

use crate::column::Column;

/// Finds the files of a tree.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    root: PathBuf,
}

impl Sources {
    pub(crate) fn new(root: &Path) -> Sources {
        Sources { root: root.to_owned() }
    }

    /// Where the source of a form of a workload stands, if the tree has it. The portable form
    /// of a design is the suite's, that of a crate its own.
    pub(crate) fn place(&self, column: &Column, workload: &str) -> Option<String> {
        let file = format!("{}.rs", workload.replace('-', "_"));
        let own = format!("workloads/{}/{}/src/{file}", column.variant, column.design);
        let peer = format!("workloads/peers/{}/src/{file}", column.design);
        let baseline = ["linux", "cortex-m4"].map(|target| {
            format!("workloads/targets/{target}/baselines/{}/src/{file}", column.design)
        });
        let suite = format!("workloads/suite/{file}");
        let mut places = match (column.is_portable(), column.is_peer(), column.is_baseline()) {
            (_, _, true) => baseline.to_vec(),
            (true, true, _) => vec![peer, format!("workloads/expert/{}/src/{file}", column.design)],
            (true, false, _) => vec![suite],
            (false, true, _) => vec![own, peer],
            (false, false, _) => vec![own],
        };
        places.retain(|place| self.root.join(place).is_file());
        places.into_iter().next()
    }

    /// The text of a file of the tree, if it is there.
    pub(crate) fn text(&self, place: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(place)).ok()
    }

    /// A link to the source of a form of a workload.
    pub(crate) fn link(&self, column: &Column, workload: &str) -> Option<String> {
        let place = self.place(column, workload)?;
        let name = match (column.is_portable(), column.is_peer()) {
            (true, false) => "portable".to_owned(),
            (true, true) => column.design.clone(),
            (false, _) => format!("{} {}", column.variant, column.design),
        };
        Some(format!("[{name}](root:{place})"))
    }
}

//! A workload: its source in the dialect, and its description.

use std::path::Path;

use super::skeleton::Skeleton;

pub(super) fn skeleton(root: &Path, id: &str) -> Skeleton {
    let module = id.replace('-', "_");
    let source = "//! What goes wrong, in one sentence.\n\
        //!\n\
        //! The steps, the control, and where the story comes from.\n\n\
        use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};\n\
        use design as d;\n\n\
        /// The thing happened; `item` says which.\n\
        pub const HAPPENED: u16 = 1;\n\
        const ACTOR: u16 = 1;\n\n\
        /// The cases of this workload.\n\
        pub const CASES: &[Case] = &[Case { id: \"control\", role: Role::Control, run: control, judge }];\n\n\
        fn control(world: &'static World, params: &Params) {\n    d::block_on(world, root(world, params.n));\n}\n\n\
        #[d::task_fn]\nasync fn root(world: &'static World, n: u32) {\n    for item in 0..n {\n        let _waited = d::sleep(1).await;\n        world.log(ACTOR, HAPPENED, item, 0);\n    }\n}\n\n\
        /// Everything happened.\n\
        fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {\n    Judged::from_severity(params.n.abs_diff(ledger.count(HAPPENED)))\n}\n";
    let description = format!(
        "id = \"{id}\"\ntitle = \"What goes wrong, in one sentence\"\nrefs = []\nseed = [\"SB3\"]\nneeds = []\n\
         clock = \"virtual\"\nreceipt = \"equal\"\nseverity_unit = \"items missing\"\ntargets = [\"sim\", \"linux\"]\n\
         schedules = \"random(64, 7)\"\njitter = 20\n\n[[case]]\nid = \"control\"\nrole = \"control\"\n\
         text = \"nothing goes wrong\"\n\n[params.sim]\nn = [10]\n\n[params.linux]\nn = [10]\n\n[measure]\ninstr = true\nwall = true\n"
    );
    let suite = root.join("workloads/suite");
    vec![
        (suite.join(format!("{module}.rs")), source.to_owned()),
        (suite.join(format!("{module}.toml")), description),
    ]
}

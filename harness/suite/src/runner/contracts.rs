//! The contracts of a run, at its begin and its end: what can't be used of them is told, and how much of them was met.

use dryrun_record::{Event, EventStream, NoticeLevel};

use crate::coverage::{Subject, measure};
use crate::options::RunOptions;
use crate::policy::TARGET;
use crate::runner::plan::{ServicePlan, TargetPlan};
use crate::runner::watch::Watch;

/// Everything that a run is measured by.
pub(crate) struct Contracts {
    subjects: Vec<Subject>,
}

impl Contracts {
    pub(crate) fn of(target: &TargetPlan, services: &[ServicePlan], options: &RunOptions) -> Self {
        let own = target.contract.iter().map(|contract| Subject {
            key: TARGET.to_owned(),
            title: options.target_name.clone(),
            path: contract.name().to_owned(),
            contract: contract.clone(),
        });
        let mocked = services.iter().map(|service| Subject {
            key: service.spec.key.clone(),
            title: service.spec.title.clone(),
            path: service.spec.contract_path.clone(),
            contract: service.spec.contract.clone(),
        });
        Self { subjects: mocked.chain(own).collect() }
    }

    /// Tells what can't be used of them: nothing about such a call can be checked.
    pub(crate) fn opening(&self, watch: &Watch) {
        for subject in &self.subjects {
            for unusable in subject.contract.unusable() {
                watch.append(Event::Notice {
                    level: NoticeLevel::Warning,
                    code: "contract-unusable".to_owned(),
                    text: format!(
                        "the contract of {}: {unusable}; a call of it can't be checked",
                        subject.title
                    ),
                });
            }
        }
    }

    /// Measures how much of them was met. A run that was cut short has not failed a gate: it has not come to it.
    pub(crate) fn closing(&self, options: &RunOptions, cut_short: bool, events: &EventStream, watch: &Watch) {
        let mut gate = options.gate.clone();
        if cut_short {
            gate.unjudged.get_or_insert_with(|| "the run was cut short".to_owned());
        }
        let found = events.with_record(|record| measure(record, &self.subjects, &gate));
        found.into_iter().for_each(|event| watch.append(event));
    }
}

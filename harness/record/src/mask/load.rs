//! What may stand in the result of a load run.

use super::Masker;
use crate::load::LoadResult;

impl Masker {
    /// Masks what a load's result quotes of others.
    pub fn load(&self, result: &mut LoadResult) {
        for failure in &mut result.failures {
            for name in [&mut failure.workflow, &mut failure.step] {
                *name = self.said(name);
            }
            failure.message = self.said(&failure.message);
            failure.example = self.said(&failure.example);
        }
        for text in result.reasons.iter_mut().chain(&mut result.warnings) {
            *text = self.said(text);
        }
        for text in result
            .capacity
            .iter_mut()
            .flat_map(|capacity| capacity.first.iter_mut().chain([&mut capacity.text]))
        {
            *text = self.said(text);
        }
        for one in &mut result.thresholds {
            one.scope = self.said(&one.scope);
            one.text = self.said(&one.text);
        }
        result.workflows.iter_mut().for_each(|workflow| workflow.name = self.said(&workflow.name));
        let steps = result.workflows.iter_mut().flat_map(|workflow| &mut workflow.steps);
        steps.for_each(|step| step.name = self.said(&step.name));
    }
}

//! JUnit XML: known deviations are skipped, so that what fails is what keeps the run from passing.

use super::run::{Case, Run, Status};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// Writes a run as JUnit XML.
pub(crate) fn junit(run: &Run) -> String {
    let mut report = Report::new(run.name.clone());
    for suite in &run.suites {
        let mut junit = TestSuite::new(suite.name.clone());
        for case in &suite.cases {
            let mut test = TestCase::new(case.name.clone(), status(case, run.result.strict));
            test.set_classname(format!("afdbm.{}", suite.name));
            if !case.details.is_empty() && case.status.counts(true) {
                test.set_system_out(case.details.join("\n"));
            }
            junit.add_test_case(test);
        }
        report.add_test_suite(junit);
    }
    // What no case stands for: a log that cannot be trusted as a whole.
    if run.result.kernel.is_none() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(run.result.host.clone());
        let mut junit = TestSuite::new("host");
        junit.add_test_case(TestCase::new("whole-log", status));
        report.add_test_suite(junit);
    }
    report.to_string().unwrap_or_default()
}

fn status(case: &Case, strict: bool) -> TestCaseStatus {
    let mut status = match case.status {
        Status::Conforms => return TestCaseStatus::success(),
        Status::NewFailure => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::KnownDeviation if strict => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Error | Status::Lost => TestCaseStatus::non_success(NonSuccessKind::Error),
        Status::KnownDeviation | Status::PermittedNotSeen | Status::NotTested => TestCaseStatus::skipped(),
    };
    let note = case.deviations.first().filter(|_| case.status == Status::KnownDeviation);
    let message = match note {
        Some(deviation) => {
            format!("known deviation: {}, {}: {}", deviation.row, deviation.rule, deviation.note)
        }
        None => case.reason.clone(),
    };
    status.set_message(message).set_type(case.status.words());
    if let Some(rerun) = &case.rerun {
        status.set_description(format!("rerun: {rerun}"));
    }
    status
}

//! The report as JUnit XML, in the dialect of Jenkins: a suite a file, a case a property.

use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use super::{Case, Outcome, Report};

pub(super) fn junit(report: &Report) -> String {
    let mut xml = Xml::new(format!("iocp {}", report.command));
    for suite in &report.suites {
        let mut into = TestSuite::new(suite.name.as_str());
        into.add_property(("semantics", report.semantics.as_str()));
        for case in &suite.cases {
            into.add_test_case(test_case(case, &suite.name));
        }
        xml.add_test_suite(into);
    }
    xml.to_string().expect("writing to memory does not fail")
}

fn test_case(case: &Case, suite: &str) -> TestCase {
    let kind = match case.outcome {
        Outcome::Passed => None,
        Outcome::Failed => Some((NonSuccessKind::Failure, "violation")),
        // Not decided is not passed: a CI system must not show it green.
        Outcome::Inconclusive => Some((NonSuccessKind::Error, "inconclusive")),
    };
    let status = kind.map_or_else(TestCaseStatus::success, |(kind, name)| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(name);
        status.set_message(case.message.as_str());
        status.set_description(case.detail.as_str());
        status
    });
    let mut into = TestCase::new(case.name.as_str(), status);
    into.set_classname(suite);
    for assumption in &case.assumptions {
        into.add_property(("assumption", assumption.as_str()));
    }
    if let Some(rule) = &case.rule {
        into.add_property(("rule", rule.id.as_str()));
    }
    if let Some(replay) = &case.replay {
        into.add_property(("replay", replay.as_str()));
    }
    into
}

#[cfg(test)]
mod tests {
    use super::super::tests::{case, report};
    use super::*;

    #[test]
    fn a_report_reads_back_with_its_counts() {
        let cases = vec![
            case("a", Outcome::Passed),
            case("b", Outcome::Failed),
            case("c", Outcome::Inconclusive),
        ];
        let text = junit(&report(cases));
        let back = Xml::deserialize_from_str(&text).expect("well formed");
        assert_eq!((back.tests, back.failures, back.errors), (3, 1, 1));
    }
}

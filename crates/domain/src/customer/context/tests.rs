use super::ParentStatus;
use crate::customer::Status;

#[test]
fn a_customer_can_be_a_parent_while_it_is_active() {
    assert_eq!(ParentStatus::from(Status::Unregistered), ParentStatus::Unknown);
    assert_eq!(ParentStatus::from(Status::Active), ParentStatus::Active);
    assert_eq!(ParentStatus::from(Status::Archived), ParentStatus::Archived);
}

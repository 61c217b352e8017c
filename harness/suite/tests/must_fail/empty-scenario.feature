Feature: A scenario without steps

  Scenario: It does not pass

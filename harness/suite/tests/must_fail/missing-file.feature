Feature: Test data that is not there

  Scenario: It is told
    Given the test data "reders.csv" as "readers"

Feature: A service that is not configured

  Scenario: It is told
    Then the CMR received nothing

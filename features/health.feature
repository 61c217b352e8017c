@health
Feature: Health that tells the truth
  Operations decide by the probes whether traffic may come. A probe that says yes while the CRM or the Platform is
  down sends newsletters into the void.

  @smoke
  Scenario: With everything in order the service is healthy
    When I GET "/health"
    Then the status is 200
    And all of these hold:
      | status                       | is "healthy"                          |
      | dependencies.crm.status      | is "healthy"                          |
      | dependencies.platform.status | is "healthy"                          |
      | service                      | is "content-generator"                |
      | environment                  | is "rehearsal"                        |
      | uptime_seconds               | is at least 0                         |
      | timestamp                    | is a date-time within 1 minute of now |

  @smoke
  Scenario: With everything in order the service is ready
    When I GET "/ready"
    Then the status is 200
    And ready is true
    And every checks[*].ready is true
    And checks have unique name
    And some checks[*].name is "crm"
    And some checks[*].name is "platform"

  Scenario Outline: The <probe> probe asks the dependencies themselves
    When I GET "<probe>"
    Then the status is 200
    And the CRM received exactly 1 call to "GET /health"
    And the Platform received exactly 1 call to "GET /health"

    Examples:
      | probe   |
      | /health |
      | /ready  |

  Scenario: Being alive depends on nobody
    Given the CRM is down
    And the Platform is down
    When I GET "/live"
    Then the status is 200
    And alive is true
    And the CRM received nothing
    And the Platform received nothing

  Rule: One broken dependency degrades the service

    @errors @wrong-answer
    Scenario Outline: <service> is down
      Given <service> is down
      When I GET "/health"
      Then the status is 200
      And status is "degraded"
      And dependencies.<name>.status is "unhealthy"
      And dependencies.<name>.message is not empty
      And dependencies.<other>.status is "healthy"
      When I GET "/ready"
      Then the status is 503
      And ready is false
      And exactly 1 of checks[*] are like:
        | ready | false  |
        | name  | <name> |
      And some checks[*] is like:
        | name  | <other> |
        | ready | true    |

      Examples:
        | service      | name     | other    |
        | the CRM      | crm      | platform |
        | the Platform | platform | crm      |

    @errors
    Scenario Outline: A CRM that answers its health check with <status> does not count as healthy
      Given the CRM answers <status> to "GET /health"
      When I GET "/ready"
      Then the status is 503
      And ready is false
      And some checks[*] is like:
        | name  | crm   |
        | ready | false |

      Examples: what its contract knows
        | status |
        | 500    |
        | 503    |

      @wrong-answer
      Examples: what its contract does not know
        | status |
        | 401    |

    @errors @wrong-answer
    Scenario: A CRM that says itself that it is unhealthy
      Given the CRM answers 200 to "GET /health" with:
        """json
        {"status": "unhealthy", "service": "mock-crm", "version": "1.0.0", "timestamp": "2026-01-24T10:00:00Z"}
        """
      When I GET "/health"
      Then status is "degraded"
      And dependencies.crm.status is "unhealthy"
      When I GET "/ready"
      Then the status is 503

    @errors @wrong-answer
    Scenario: A Platform that answers nonsense
      Given the Platform answers garbage to "GET /health"
      When I GET "/ready"
      Then the status is 503
      And some checks[*] is like:
        | name  | platform |
        | ready | false    |

    @errors @wrong-answer
    Scenario: A dependency that hangs can't hang the probe
      Given the CRM never answers "GET /health"
      When I GET "/ready"
      Then the status is 503
      And it answers within 5 seconds
      And some checks[*] is like:
        | name  | crm   |
        | ready | false |

  Rule: With both dependencies broken the service is unhealthy

    @errors @wrong-answer
    Scenario: The CRM and the Platform are down
      Given the CRM is down
      And the Platform is down
      When I GET "/health"
      Then the status is 200
      And status is "unhealthy"
      When I GET "/ready"
      Then the status is 503
      And ready is false
      And exactly 2 of checks[*] are like:
        | ready | false |

  Rule: The probes notice when the trouble is over

    @errors @wrong-answer
    Scenario: Down and up again
      Given the CRM is down
      When I GET "/ready"
      Then the status is 503
      When the CRM works again
      And I GET "/ready"
      Then the status is 200
      And ready is true
      When I GET "/health"
      Then status is "healthy"

    @errors
    Scenario: A short outage ends by itself
      Given the Platform answers 503 to "GET /health" once, then recovers
      When I GET "/ready"
      Then the status is 503
      When I send the same request again
      Then the status is 200
      And ready is true

@upstream @errors
Feature: Whatever the contracts of the CRM and the Platform allow as an answer
  A contract lists answers that nobody has seen for months: an expired key, a page that is too large, a limit of calls. The
  risk: on the day when one of them comes, the service takes it for a success, gives up everything else as well, or asks
  again and again.

  Rule: A refusal costs its own channel, is told with its reason, and is not tried again

    Scenario Outline: The web page meets a refusal with <status>
      Given the Platform answers <status> to "POST /api/v1/content/publish"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["email", "social"]
        """
      And results.web.status is "failed"
      And results.web.error contains "<status>"
      And results.web.attempts is 1
      And the Platform holds 0 content
      And what the answer claims is what the mocks received

      Examples:
        | status |
        | 401    |
        | 422    |

    Scenario Outline: Every post meets a refusal with <status>
      Given the Platform answers <status> to "POST /api/v1/social/post"
      When I POST to "/api/v2/generate-content?social_platforms=twitter" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["email", "web"]
        """
      And results.social.status is "failed"
      And results.social.posts[0].error contains "<status>"
      And the Platform received 1 post
      And the Platform holds 0 posts
      And what the answer claims is what the mocks received

      Examples:
        | status |
        | 400    |
        | 401    |
        | 403    |
        | 413    |
        | 422    |

    Scenario: A network whose posts time out for good is given up, and the rest goes out
      Given the Platform answers 408 to "POST /api/v1/social/post"
      When I POST to "/api/v2/generate-content?social_platforms=linkedin" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["email", "web"]
        """
      And results.social.posts[0].error contains "408"
      And the Platform received 4 posts
      And the Platform holds 0 posts
      And what the answer claims is what the mocks received

  Rule: A page that is out stays out, whatever becomes of the news about it

    Scenario Outline: The Platform answers the news of a page with <status>
      Given the Platform answers <status> to "POST /api/v1/webhooks/content"
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      Then the status is 200
      And published_to contains "web"
      And errors is empty
      And the Platform holds 1 content
      And what the answer claims is what the mocks received
      And the Platform received 1 call to "POST /api/v1/webhooks/content" like:
        | event_type      | content.published |
        | content_id      | <string>          |
        | data.title      | <string>          |

      Examples:
        | status |
        | 400    |
        | 401    |
        | 403    |
        | 408    |
        | 413    |
        | 422    |
        | 429    |
        | 503    |

  Rule: A dependency that refuses its health check is not counted as healthy

    Scenario Outline: <service> answers its health check with <status>
      Given <service> answers <status> to "GET /health"
      When I GET "/ready"
      Then the status is 503
      And ready is false
      And exactly 1 of checks[*] is like:
        | name  | <name> |
        | ready | false  |
      When I GET "/health"
      Then status is "degraded"
      And dependencies.<name>.status is "unhealthy"

      Examples:
        | service      | name     | status |
        | the CRM      | crm      | 429    |
        | the Platform | platform | 429    |
        | the Platform | platform | 500    |
        | the Platform | platform | 503    |

  Rule: A page whose answer was lost is claimed only when it was found

    @wrong-answer
    Scenario Outline: Looking for the page meets <status>: nothing is claimed, and nothing is published again
      Given the Platform applies "POST /api/v1/content/publish" and loses the answer
      And the Platform answers <status> to "GET /api/v1/content"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to does not contain "web"
      And results.web.delivery_unknown is true
      And results.web.error contains "<status>"
      And the Platform received 1 publication
      And the Platform holds 1 content

      Examples:
        | status |
        | 401    |
        | 403    |
        | 422    |
        | 429    |
        | 503    |

    @wrong-answer
    Scenario: The page is found on the second page of a long list
      Given 60 content in the Platform
      And the Platform applies "POST /api/v1/content/publish" and loses the answer once, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      Then the status is 200
      And published_to contains "web"
      And results.web.content_id is not empty
      And the Platform received 1 publication
      And the Platform received exactly 2 calls to "GET /api/v1/content"
      And the Platform holds 61 content
      And nothing was sent twice

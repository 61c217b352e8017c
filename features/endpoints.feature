@endpoints
Feature: Every call of the generator does what its clients rely on
  Clients that exist today must work tomorrow: each call is there, answers in the form of its contract, and says
  something that can be checked against what went in.

  @smoke @contract
  Scenario Outline: <path> is there and keeps to its contract
    Given every request carries the headers:
      | X-API-Key | rehearsal-api-key |
    When I GET "<path>"
    Then the status is 200
    And the answer honours its contract
    And the body is not empty
    And nothing was published

    Examples:
      | path                           |
      | /health                        |
      | /ready                         |
      | /live                          |
      | /metrics                       |
      | /api/v2/templates              |
      | /api/v2/content-types          |
      | /api/v2/social-preview/twitter |
      | /api/v2/sessions/live          |
      | /api/v2/jobs                   |
      | /ws/sessions/active            |

  Rule: The catalogues say what can be ordered

    @smoke
    Scenario: Templates, tones and networks
      When I GET "/api/v2/templates"
      Then the status is 200
      And templates have unique name
      And some templates[*].name is "modern"
      And some tones[*].name is "professional"
      And some tones[*].name is "encouraging"
      And some tones[*].name is "medical_scientific"
      And some social_platforms[*] is like:
        | name            | twitter |
        | character_limit | 280     |

    Scenario Outline: The template "<style>" that is offered can be ordered
      When I GET "/api/v2/templates"
      Then some templates[*].name is "<style>"
      When I POST to "/api/v2/generate-content?template_style=<style>" with:
        """json
        {"preview_only": true, "publish_web": false, "generate_social": false}
        """
      Then the status is 200
      And newsletter.subject is not empty
      And newsletter.text has at least 200 characters
      And nothing was published

      Examples:
        | style   |
        | modern  |
        | minimal |
        | plain   |

    Scenario: The types of content and what each needs
      When I GET "/api/v2/content-types"
      Then the status is 200
      And content_types have unique name
      And content_types has 4 items
      And every content_types[*].required_fields contains "title"
      And every content_types[*].required_fields contains "content"
      And some content_types[*].name is "update"
      And some content_types[*].name is "blog"
      And some content_types[*].name is "announcement"
      And exactly 1 of content_types[*] are like:
        | name            | session                                                                                                             |
        | required_fields | ["title", "content", "session_id", "session_duration", "participant_count", "breathing_techniques", "session_date"] |

    Scenario Outline: The preview for <platform> keeps to its <limit> characters
      When I GET "/api/v2/social-preview/<platform>?tone=encouraging"
      Then the status is 200
      And all of these hold:
        | platform                | is "<platform>" |
        | preview.platform_limit  | is <limit>      |
        | preview.fits_limit      | is true         |
        | preview.character_count | is at least 1   |
        | posts                   | has 1 item      |
      And posts[0].platform is "<platform>"
      And posts[0].content has at most <limit> characters
      And posts[0].hashtags has at least 1 item
      And nothing was published

      Examples:
        | platform | limit |
        | twitter  | 280   |
        | linkedin | 3000  |
        | facebook | 63206 |

    @errors
    Scenario: A network that nobody posts to has no preview
      When I GET "/api/v2/social-preview/myspace"
      Then the status is 404
      And detail contains "myspace"
      And posts is absent

  Rule: Content is judged before somebody publishes it

    Scenario Outline: A good <type> is valid
      When I POST to "/api/v2/validate-content" with:
        """json
        {
          "content": {
            "type": "<type>",
            "title": "Breathing before the first meeting",
            "content": "Three slow breaths before the first meeting make the whole morning calmer for everybody."
          }
        }
        """
      Then the status is 200
      And all of these hold:
        | is_valid                       | is true                                 |
        | content_type                   | is "<type>"                             |
        | issues                         | is empty                                |
        | enhanced_metadata.word_count   | is 14                                   |
        | enhanced_metadata.slug         | is "breathing-before-the-first-meeting" |
        | enhanced_metadata.content_type | is "<type>"                             |
      And nothing was published

      Examples:
        | type         |
        | update       |
        | blog         |
        | announcement |

    @errors
    Scenario Outline: Content with <flaw> is not valid
      When I POST to "/api/v2/validate-content" with:
        """json
        {"content": {"type": "<type>", "title": "A perfectly calm week", <content>}}
        """
      Then the status is 200
      And is_valid is false
      And some issues[*] contains "<issue>"

      Examples:
        | flaw                    | type         | issue            | content                                                                    |
        | a script in it          | update       | script           | "content": "Breathe <script>alert(1)</script> in and out"                  |
        | placeholder text        | blog         | placeholder      | "content": "Lorem ipsum dolor sit amet"                                    |
        | next to no text         | update       | fewer than       | "content": "Breathe"                                                       |
        | an unknown urgency      | announcement | urgency          | "content": "Our new sensor is here.", "urgency": "panic"                   |
        | an end that is past     | announcement | past             | "content": "Our new sensor is here.", "expires_at": "2020-01-01T00:00:00Z" |
        | no facts of its session | session      | session_duration | "content": "We breathed together for an hour."                             |

  Rule: A session that is over gets its summary

    Background:
      Given I remember "${unique word}" as "session"

    @smoke
    Scenario: A summary says what happened, and is kept
      When I POST to "/api/v2/session-summary" with:
        """json
        {
          "session_id": "${session}", "session_duration": 1800, "participant_count": 12,
          "breathing_techniques": ["box breathing"], "session_date": "2026-01-24T10:00:00Z"
        }
        """
      Then the status is 200
      And all of these hold:
        | status          | is "success"                                          |
        | session_id      | is "${session}"                                       |
        | published_to    | is empty                                              |
        | content.excerpt | contains "12 people breathed together for 30 minutes" |
        | content.title   | contains "box breathing"                              |
        | errors          | is empty                                              |
      And nothing was published
      When I remember content as "summary"
      And I GET "/api/v2/session/${session}/content"
      Then the status is 200
      And session_id is "${session}"
      And content is "${summary}"

    @publishing
    Scenario: A summary is published when that was asked for
      When I POST to "/api/v2/session-summary?publish_immediately=true" with:
        """json
        {
          "session_id": "${session}", "session_duration": 1800, "participant_count": 12,
          "breathing_techniques": ["box breathing"], "session_date": "2026-01-24T10:00:00Z"
        }
        """
      Then the status is 200
      And published_to contains "web"
      And results.web.status is "success"
      And I remember content.title as "title"
      And I remember results.web.content_id as "page"
      And the Platform received 1 publication like:
        | title        | ${title}        |
        | content_type | session_summary |
      And the Platform holds 1 content like:
        | content_id | ${page} |
      And the CRM received nothing

    @errors @publishing
    Scenario: A summary that could not be published is not said to be
      Given the Platform answers 403 to "POST /api/v1/content/publish"
      When I POST to "/api/v2/session-summary?publish_immediately=true" with:
        """json
        {
          "session_id": "${session}", "session_duration": 1800, "participant_count": 12,
          "breathing_techniques": ["box breathing"], "session_date": "2026-01-24T10:00:00Z"
        }
        """
      Then the status is 502
      And detail contains "403"
      And published_to is absent

    @errors
    Scenario: Nothing has been written about this session
      When I GET "/api/v2/session/${session}/content"
      Then the status is 404
      And detail contains "${session}"
      And content is absent

    Scenario: A live session is announced
      When I POST to "/api/v2/live-announce" with:
        """json
        {
          "session_id": "${session}", "session_duration": 2700, "participant_count": 0,
          "breathing_techniques": ["coherent breathing"], "session_date": "2026-01-24T10:00:00Z"
        }
        """
      Then the status is 200
      And all of these hold:
        | status                | is "success"                  |
        | session_id            | is "${session}"               |
        | content.title         | contains "coherent breathing" |
        | content.content       | contains "45 minutes"         |
        | participants_notified | is 0                          |
        | published_to          | is empty                      |
      And nothing was published

    @publishing
    Scenario: An announcement is published when that was asked for
      When I POST to "/api/v2/live-announce" with:
        """json
        {
          "session_id": "${session}", "session_duration": 2700, "participant_count": 0,
          "breathing_techniques": ["coherent breathing"], "session_date": "2026-01-24T10:00:00Z",
          "publish": true
        }
        """
      Then the status is 200
      And published_to contains "web"
      And the Platform received 1 publication like:
        | content_type | announcement |
      And the CRM received nothing

  Rule: What is counted can be read

    Scenario: The metrics count what was asked
      Given a freshly started service
      When I POST to "/api/v2/generate-content" with:
        """json
        {"send_email": true, "publish_web": false, "generate_social": false}
        """
      And I GET "/metrics"
      Then the status is 200
      And header "Content-Type" starts with "text/plain"
      And the body contains "generator_requests_total{method=\"POST\",route=\"/api/v2/generate-content\",status=\"200\"} 1"
      And the body contains "generator_published_total{channel=\"email\",outcome=\"success\"} 1"

    @errors
    Scenario: The metrics count what failed
      Given a freshly started service
      And the CRM answers 400 to "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with:
        """json
        {"send_email": true, "publish_web": false, "generate_social": false}
        """
      Then the status is 502
      When I GET "/metrics"
      Then the body contains "generator_published_total{channel=\"email\",outcome=\"failed\"} 1"
      And the body does not contain "generator_published_total{channel=\"email\",outcome=\"success\"}"

  Rule: An answer can be traced to its request

    Scenario Outline: <path> gives back the names of request and workflow
      Given every request carries the headers:
        | X-Request-ID | rehearsal-4711 |
      When I GET "<path>"
      Then header "X-Request-ID" is "rehearsal-4711"
      And header "X-Correlation-ID" is not empty

      Examples:
        | path                     |
        | /live                    |
        | /api/v2/templates        |

      @wrong-request
      Examples: a call without its key
        | path                     |
        | /api/v2/jobs/job_unknown |

    @errors @wrong-request
    Scenario: A path that nobody serves
      When I GET "/api/v3/anything"
      Then the status is 404
      And detail is not empty

    @errors @wrong-request
    Scenario: A method that the call does not know
      When I GET "/api/v2/generate-content"
      Then the status is 405
      And header "Allow" contains "POST"
      And nothing was published

    @errors @wrong-request
    Scenario Outline: <path> speaks WebSocket only
      When I GET "<path>"
      Then the status is 426
      And header "Upgrade" is "websocket"

      Examples:
        | path                             |
        | /ws/live-updates?session_id=calm |
        | /ws/session/calm/events          |

@validation @errors
Feature: Malformed requests are refused, and told why
  A client that makes a mistake must learn of it. An answer 200 hides the mistake, an answer 500 blames the
  service; either way somebody waits for a newsletter that nobody will send.

  Background:
    Given every request carries the headers:
      | X-API-Key | rehearsal-api-key |

  Rule: A refusal names the field that is wrong

    Scenario Outline: Generating with <mistake>
      When I POST to "/api/v2/generate-content" with the raw body:
        """
        <body>
        """
      Then the status is 422
      And some detail[*] is like:
        | loc  | <place>  |
        | msg  | <string> |
        | type | <string> |
      And published_to is absent
      And nothing was published

      Examples: wrong types
        | mistake                      | place                         | body                                 |
        | a text for a switch          | ["body", "send_email"]        | {"send_email": "yes"}                |
        | a number for a switch        | ["body", "publish_web"]       | {"publish_web": 1}                   |
        | null for a switch            | ["body", "preview_only"]      | {"preview_only": null}               |
        | a list for a tone            | ["body", "tone"]              | {"tone": ["professional"]}           |
        | a text for the tones         | ["body", "per_channel_tones"] | {"per_channel_tones": "encouraging"} |
        | a text for the cache targets | ["body", "cache_targets"]     | {"cache_targets": "cdn"}             |

      Examples: values that do not exist
        | mistake                     | place                                | body                                |
        | an unknown tone             | ["body", "tone"]                     | {"tone": "sarcastic"}               |
        | a tone in capitals          | ["body", "tone"]                     | {"tone": "PROFESSIONAL"}            |
        | an unknown tone for the web | ["body", "per_channel_tones", "web"] | {"per_channel_tones": {"web": "x"}} |
        | an unknown cache            | ["body", "cache_targets", 1]         | {"cache_targets": ["cdn", "moon"]}  |

    Scenario: Every mistake is told, not only the first
      When I POST to "/api/v2/generate-content" with:
        """json
        {"send_email": "yes", "tone": "loud", "cache_targets": ["moon"]}
        """
      Then the status is 422
      And detail has 3 items
      And some detail[*].loc[1] is "send_email"
      And some detail[*].loc[1] is "tone"
      And some detail[*].loc[1] is "cache_targets"
      And nothing was published

    Scenario Outline: A mistake in the query: <query>
      When I POST to "/api/v2/generate-content?<query>" with:
        """json
        {"preview_only": true}
        """
      Then the status is 422
      And some detail[*] is like:
        | loc | ["query", "<parameter>"] |
        | msg | <string>                 |

      Examples:
        | query                    | parameter        |
        | template_style=gothic    | template_style   |
        | social_platforms=myspace | social_platforms |
        | seo_optimize=perhaps     | seo_optimize     |
        | validate_content=2       | validate_content |

    Scenario Outline: A mistake in what is read: <path>
      When I GET "<path>"
      Then the status is 422
      And some detail[*] is like:
        | loc | ["query", "<parameter>"] |

      Examples:
        | path                                          | parameter |
        | /api/v2/jobs?status=lost                      | status    |
        | /api/v2/jobs?limit=0                          | limit     |
        | /api/v2/jobs?limit=many                       | limit     |
        | /api/v2/jobs?offset=-1                        | offset    |
        | /api/v2/social-preview/twitter?tone=sarcastic | tone      |

  Rule: A body that is no JSON object is refused

    Scenario Outline: <call> with <what>
      When I POST to "<call>" with the raw body:
        """
        <body>
        """
      Then the status is 422
      And some detail[*].loc[0] is "body"
      And every detail[*].msg is not empty
      And nothing was published

      @wrong-request
      Examples: what is no JSON
        | call                     | what            | body                       |
        | /api/v2/generate-content | broken JSON     | {"send_email": tru         |
        | /api/v2/generate-content | plain text      | please send the newsletter |
        | /api/v1/newsletter/send  | broken JSON     | {"subject": "Hello",}      |
        | /api/v2/content/sync     | a missing brace | {"document_id": "d"        |
        | /api/v2/validate-content | single quotes   | {'content': {}}            |
        | /api/v1/cache/invalidate | two values      | {} {}                      |

      Examples: JSON of another shape
        | call                     | what     | body                       |
        | /api/v2/generate-content | a list   | []                         |
        | /api/v2/session-summary  | a text   | "session"                  |
        | /api/v2/live-announce    | a number | 42                         |
        | /api/v2/content/sync     | null     | null                       |
        | /api/v1/batch/schedule/x | true     | true                       |
        | /ws/sessions/x/broadcast | a list   | [{"type": "announcement"}] |

    Scenario Outline: <call> without any body
      When I POST to "<call>"
      Then the status is 422
      And some detail[*].loc[0] is "body"
      And nothing was published

      Examples:
        | call                     |
        | /api/v2/generate-content |
        | /api/v1/newsletter/send  |
        | /api/v2/content/sync     |
        | /api/v2/validate-content |
        | /api/v1/cache/invalidate |

    Scenario: XML is not understood
      When I POST to "/api/v2/generate-content" with:
        """xml
        <request><send_email>true</send_email></request>
        """
      Then the status is 422
      And some detail[*].loc[0] is "body"
      And nothing was published

    Scenario: A form is not understood
      When I POST to "/api/v2/generate-content" with the form:
        | send_email | true |
      Then the status is 422
      And some detail[*].loc[0] is "body"
      And nothing was published

  Rule: What is required must be there, and of the right type

    Scenario: A newsletter
      When I POST to "/api/v1/newsletter/send" with:
        """json
        {
          "subject": "A good newsletter", "html_content": "<p>Hello</p>", "text_content": "Hello",
          "test_mode": true
        }
        """
      Then the status is 200
      And each of these changes to the body is refused with 422:
        | subject          | <absent>   |
        | subject          | <null>     |
        | subject          | ""         |
        | subject          | 5          |
        | html_content     | <absent>   |
        | html_content     | ""         |
        | text_content     | <absent>   |
        | text_content     | ["Hello"]  |
        | test_mode        | maybe      |
        | recipient_filter | everybody  |
        | schedule_time    | tomorrow   |
        | schedule_time    | 1700000000 |
      And nothing was published

    Scenario: A document sync
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email"], "schedule_time": "${now + 1 day}"}
        """
      Then the status is 200
      And each of these changes to the body is refused with 422:
        | document_id    | <absent>          |
        | document_id    | ""                |
        | document_id    | 7                 |
        | channels       | <absent>          |
        | channels       | []                |
        | channels       | email             |
        | channels       | ["email", "fax"]  |
        | channels       | [1]               |
        | schedule_time  | 2026-13-01T00:00Z |
        | correlation_id | 12                |
      And nothing was published

    Scenario Outline: A session for <call>
      When I POST to "<call>" with:
        """json
        {
          "session_id": "${unique word}", "session_duration": 1800, "participant_count": 12,
          "breathing_techniques": ["box breathing"], "session_date": "2026-01-24T10:00:00Z"
        }
        """
      Then the status is 200
      And each of these changes to the body is refused with 422:
        | session_id           | <absent>      |
        | session_id           | ""            |
        | session_duration     | <absent>      |
        | session_duration     | 0             |
        | session_duration     | half an hour  |
        | session_duration     | 1.5           |
        | participant_count    | <absent>      |
        | participant_count    | -1            |
        | breathing_techniques | <absent>      |
        | breathing_techniques | []            |
        | breathing_techniques | [""]          |
        | breathing_techniques | box breathing |
        | session_date         | <absent>      |
        | session_date         | 24 January    |
      And nothing was published

      Examples:
        | call                    |
        | /api/v2/session-summary |
        | /api/v2/live-announce   |

    Scenario: Content that is to be validated
      When I POST to "/api/v2/validate-content" with:
        """json
        {"content": {"type": "update", "title": "A calmer week", "content": "Three breaths before every meeting."}}
        """
      Then the status is 200
      And each of these changes to the body is refused with 422:
        | content         | <absent> |
        | content         | a text   |
        | content.type    | <absent> |
        | content.type    | poem     |
        | content.title   | <absent> |
        | content.title   | ""       |
        | content.title   | 5        |
        | content.content | <absent> |
        | content.content | <null>   |

    Scenario: A cache invalidation
      When I POST to "/api/v1/cache/invalidate" with:
        """json
        {"targets": ["cdn"], "patterns": ["/updates/nothing-*"]}
        """
      Then the status is 200
      And each of these changes to the body is refused with 422:
        | targets     | <absent>       |
        | targets     | []             |
        | targets     | cdn            |
        | targets     | ["moon"]       |
        | keys        | one            |
        | keys        | [""]           |
        | patterns    | [5]            |
        | force       | always         |
        | reason      | 5              |
        | webhook_url | not an address |

  Rule: What does not exist is not invented

    Scenario Outline: Asking for <path>
      When I GET "<path>"
      Then the status is 404
      And detail is a string
      And detail is not empty

      Examples:
        | path                               |
        | /api/v2/jobs/job_unknown           |
        | /api/v2/jobs/%FF%FE                |
        | /api/v2/jobs/null                  |
        | /api/v1/batch/status/batch_unknown |
        | /api/v2/session/unknown/content    |
        | /ws/sessions/unknown/info          |
        | /ws/sessions/unknown/replay        |
        | /api/v2/social-preview/myspace     |

    Scenario: Retrying an unknown job
      When I POST to "/api/v2/jobs/job_unknown/retry"
      Then the status is 404
      And detail contains "job_unknown"
      And nothing was published

    Scenario Outline: Doing something with an unknown thing: <call>
      When I POST to "<call>" with:
        """json
        {"batch_id": "unknown", "type": "announcement"}
        """
      Then the status is 404
      And detail is a string
      And detail contains "unknown"
      And nothing was published

      Examples:
        | call                           |
        | /api/v1/batch/schedule/unknown |
        | /ws/sessions/unknown/broadcast |
        | /ws/sessions/unknown/close     |

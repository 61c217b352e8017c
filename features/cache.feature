@cache
Feature: Caches are emptied on demand, and only by those who may
  After a correction readers must not see the old text, so editors and the Platform empty the caches. An
  unsigned webhook that is obeyed lets anybody slow the site down.

  Rule: What was asked for is removed, and the answer counts it

    Background:
      Given a freshly started service
      And every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      And I GET "/api/v2/social-preview/twitter"
      And I GET "/api/v2/social-preview/linkedin"

    @smoke
    Scenario: A whole cache is emptied, once
      When I POST to "/api/v1/cache/invalidate" with:
        """json
        {"targets": ["api"], "reason": "typo in the tips"}
        """
      Then the status is 200
      And all of these hold:
        | success                                | is true                               |
        | status                                 | is "completed"                        |
        | keys_invalidated                       | is 2                                  |
        | targets_processed.api.keys_invalidated | is 2                                  |
        | targets_processed.cdn                  | is absent                             |
        | errors                                 | is empty                              |
        | duration_ms                            | is at least 0                         |
        | timestamp                              | is a date-time within 1 minute of now |
        | request_id                             | is a uuid                             |
      When I send the same request again
      Then the status is 200
      And keys_invalidated is 0

    Scenario Outline: Only what matches is removed: <selection>
      When I POST to "/api/v1/cache/invalidate" with:
        """json
        {"targets": ["api"], <selection>}
        """
      Then the status is 200
      And keys_invalidated is <removed>

      Examples:
        | selection                                       | removed |
        | "keys": ["social-preview:twitter:professional"] | 1       |
        | "keys": ["social-preview:twitter"]              | 0       |
        | "patterns": ["social-preview:*"]                | 2       |
        | "patterns": ["*:linkedin:*"]                    | 1       |
        | "patterns": ["newsletter:*"]                    | 0       |
        | "keys": ["nothing-of-this-name"], "force": true | 2       |

    @publishing
    Scenario: A published page is in the edge cache until it is invalidated
      When I POST to "/api/v2/generate-content" with:
        """json
        {"send_email": false, "publish_web": true, "generate_social": false}
        """
      Then the status is 200
      And I remember web_update.slug as "slug"
      When I POST to "/api/v1/cache/invalidate" with:
        """json
        {"targets": ["cdn"], "keys": ["/updates/${slug}"]}
        """
      Then targets_processed.cdn.keys_invalidated is 1

    @security
    Scenario: A refused call removes nothing
      Given every request carries the headers:
        | X-API-Key | guest |
      When I POST to "/api/v1/cache/invalidate" with:
        """json
        {"targets": ["api"]}
        """
      Then the status is 401
      When I POST to "/api/v1/cache/webhook" with:
        """json
        {"targets": ["api"]}
        """
      Then the status is 401
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      When I POST to "/api/v1/cache/invalidate" with:
        """json
        {"targets": ["api"]}
        """
      Then keys_invalidated is 2

  Rule: Emptying by hand needs the key

    @errors @security
    Scenario Outline: A key that is <what>
      Given every request carries the headers:
        | X-API-Key | <key> |
      When I POST to "/api/v1/cache/invalidate" with:
        """json
        {"targets": ["cdn"]}
        """
      Then the status is 401
      And detail contains "API key"
      And success is absent

      Examples: a wrong key
        | what  | key               |
        | wrong | rehearsal-api-kex |

      @wrong-request
      Examples: no key
        | what    | key      |
        | missing | <absent> |
        | empty   | ""       |

  Rule: A webhook is obeyed only when its signature fits its body

    @smoke @security
    Scenario: A signed webhook empties the cache
      When I POST to "/api/v1/cache/webhook" signed with the key "rehearsal-webhook-secret" in header "X-Signature", with:
        """json
        {"targets": ["cdn"], "patterns": ["/updates/nothing-*"], "reason": "page corrected"}
        """
      Then the status is 200
      And all of these hold:
        | success | is true        |
        | status  | is "completed" |
        | errors  | is empty       |

    @errors @security @wrong-request
    Scenario: A webhook without a signature is refused
      When I POST to "/api/v1/cache/webhook" with:
        """json
        {"targets": ["cdn"]}
        """
      Then the status is 401
      And detail contains "signature"
      And success is absent

    @errors @security
    Scenario: A webhook that was signed with another secret is refused
      When I POST to "/api/v1/cache/webhook" signed with the key "a-guessed-secret" in header "X-Signature", with:
        """json
        {"targets": ["cdn"]}
        """
      Then the status is 401
      And detail contains "signature"
      And success is absent

    @errors @security
    Scenario Outline: A signature that is <what> is refused
      Given every request carries the headers:
        | X-Signature | <signature> |
      When I POST to "/api/v1/cache/webhook" with the raw body:
        """
        {"targets": ["cdn"]}
        """
      Then the status is 401
      And detail contains "signature"
      And success is absent

      Examples:
        | what                 | signature                                                        |
        | that of another body | ebcf4c0b4535326b9f6e55bed3ec561be9152212218f7bf64bc95dada3992312 |
        | cut short            | cd03f900d1f24d85c5192fb085d0ca63                                 |
        | no hexadecimal text  | please-let-me-in                                                 |
        | only a prefix        | sha256=                                                          |

    @security @exact-bytes
    Scenario Outline: A signature <how> is accepted
      Given every request carries the headers:
        | X-Signature | <signature> |
      When I POST to "/api/v1/cache/webhook" with the raw body:
        """
        {"targets": ["cdn"]}
        """
      Then the status is 200
      And success is true

      Examples:
        | how                | signature                                                               |
        | as bare digits     | cd03f900d1f24d85c5192fb085d0ca63dad54a88e336d202a5a6277c88ffc851        |
        | with its algorithm | sha256=cd03f900d1f24d85c5192fb085d0ca63dad54a88e336d202a5a6277c88ffc851 |

    @errors @security
    Scenario: A signed webhook is still checked for its shape
      When I POST to "/api/v1/cache/webhook" signed with the key "rehearsal-webhook-secret" in header "X-Signature", with:
        """json
        {"targets": ["moon"]}
        """
      Then the status is 422
      And some detail[*].loc[*] is "targets"

  Rule: Nobody outside is told

    @errors @security
    Scenario: A notification address in the outside world is refused
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      When I POST to "/api/v1/cache/invalidate" with:
        """json
        {"targets": ["local"], "patterns": ["nothing-*"], "webhook_url": "https://hooks.example.com/purged"}
        """
      Then the status is 200
      And status is "partial"
      And errors has 1 item
      And errors[0] contains "refused"

@live
Feature: What becomes of a live session
  A session is more than its open connections: what was said can be replayed, the breathing platform reports what happens in
  it, and at last it ends. The risks: a gap in the replay, an event that is lost, a session that never ends.

  Background:
    Given I remember "${unique word}" as "session"

  Rule: What was missed can be had again

    @smoke
    Scenario: After a lost connection nothing is missing
      When "ana" joins the session "${session}" as instructor
      And "ben" joins the session "${session}" as participant
      And "ben" loses the connection
      Then within 5 seconds "ana" sees a message where type is "participant_left"
      When "ana" sends:
        """json
        {"type": "chat", "data": {"text": "one"}}
        """
      And "ana" sends:
        """json
        {"type": "chat", "data": {"text": "two"}}
        """
      And "ana" sends:
        """json
        {"type": "chat", "data": {"text": "three"}}
        """
      Then within 5 seconds "ana" sees a message where data.text is "three"
      When "ben" reconnects and asks for what was missed
      Then the status is 200
      And session_id is "${session}"
      And exactly 3 of messages[*] are like:
        | type        | session_update |
        | update_type | chat           |
        | client_id   | ana            |
      And some messages[*].data.text is "one"
      And some messages[*].data.text is "two"
      And some messages[*].data.text is "three"
      And messages are sorted by seq
      And messages have unique seq

    Scenario: A replay holds every message once, in order
      When "ana" joins the session "${session}" as instructor
      And I POST to "/ws/sessions/${session}/broadcast" with:
        """json
        {"type": "announcement", "data": {"step": 1}}
        """
      And I send the request 7 times, 1 at once
      And I GET "/ws/sessions/${session}/replay"
      Then the status is 200
      And message_count is 9
      And messages have unique seq
      And messages are sorted by seq
      And every messages[*].session_id is "${session}"
      And messages[0].type is "participant_joined"
      And exactly 8 of messages[*] are like:
        | type      | announcement |
        | data.step | 1            |

    Scenario: A replay from a message on holds only what came after it
      When "ana" joins the session "${session}" as instructor
      And I POST to "/ws/sessions/${session}/broadcast" with:
        """json
        {"type": "announcement", "data": {"text": "early"}}
        """
      Then within 5 seconds "ana" sees a message where data.text is "early"
      When I remember seq of the last message to "ana" as "seen"
      And I POST to "/ws/sessions/${session}/broadcast" with:
        """json
        {"type": "announcement", "data": {"text": "late"}}
        """
      And I GET "/ws/sessions/${session}/replay?since=${seen}"
      Then the status is 200
      And messages has 1 item
      And messages[0].data.text is "late"
      And messages[0].seq is greater than ${seen}

    @errors
    Scenario: A replay from a moment that is none is refused
      When "ana" joins the session "${session}" as participant
      And I GET "/ws/sessions/${session}/replay?since=yesterday"
      Then the status is 422
      And some detail[*] is like:
        | loc | ["query", "since"] |

    @errors
    Scenario Outline: An unknown session has no <what>
      When I GET "/ws/sessions/${session}/<what>"
      Then the status is 404
      And detail contains "${session}"
      And session_id is absent

      Examples:
        | what   |
        | info   |
        | replay |

  Rule: A session that is closed is over

    @smoke
    Scenario: Closing a session says goodbye to everybody
      When "ana" joins the session "${session}" as instructor
      And "ben" joins the session "${session}" as participant
      And I POST to "/ws/sessions/${session}/close"
      Then the status is 200
      And status is "success"
      And disconnected is 2
      And "ben" sees, in this order:
        | type          | session_id |
        | welcome       | ${session} |
        | session_ended | ${session} |
      And the connection of "ana" is closed with 1000
      And the connection of "ben" is closed with 1000
      When I GET "/ws/sessions/${session}/info"
      Then active is false
      And status is "closed"
      And participant_count is 0

    @errors
    Scenario: Nobody can join a session that was closed
      When "ana" joins the session "${session}" as instructor
      And I POST to "/ws/sessions/${session}/close"
      Then the connection of "ana" is closed with 1000
      When "ben" joins the session "${session}" as participant
      Then the connection of "ben" is closed with 1008

    Scenario: A closed session can still be replayed
      When "ana" joins the session "${session}" as instructor
      And I POST to "/ws/sessions/${session}/broadcast" with:
        """json
        {"type": "announcement", "data": {"text": "thank you"}}
        """
      And I POST to "/ws/sessions/${session}/close"
      And I GET "/ws/sessions/${session}/replay"
      Then the status is 200
      And message_count is 3
      And messages[0].type is "participant_joined"
      And messages[1].data.text is "thank you"
      And messages[2].type is "session_ended"

    Scenario: The sessions that go on are listed, the others are not
      When "ana" joins the session "${session}" as instructor
      And I GET "/ws/sessions/active"
      Then the status is 200
      And exactly 1 of sessions[*] are like:
        | session_id        | ${session} |
        | participant_count | 1          |
      When I GET "/api/v2/sessions/live"
      Then some sessions[*].session_id is "${session}"
      When I POST to "/ws/sessions/${session}/close"
      And I GET "/ws/sessions/active"
      Then no sessions[*].session_id is "${session}"

  Rule: The events of the breathing platform change a session

    @smoke
    Scenario: An event is acknowledged and passed on
      When "ana" joins the session "${session}" as participant
      And "sensor" connects to "/ws/session/${session}/events"
      And "sensor" sends:
        """json
        {
          "type": "technique.changed", "session_id": "${session}", "timestamp": "2026-01-24T10:00:00Z",
          "data": {"technique": "box breathing"}
        }
        """
      Then within 5 seconds "sensor" sees a message like:
        | type      | ack         |
        | status    | received    |
        | timestamp | <date-time> |
      And within 5 seconds "ana" sees a message like:
        | type           | session_update    |
        | update_type    | technique.changed |
        | data.technique | box breathing     |

    Scenario: A session begins and ends with its events
      When "sensor" connects to "/ws/session/${session}/events"
      And "sensor" sends:
        """json
        {
          "type": "session.started", "session_id": "${session}", "timestamp": "2026-01-24T10:00:00Z", "data": {}
        }
        """
      Then within 5 seconds "sensor" sees a message where type is "ack"
      When I GET "/ws/sessions/${session}/info"
      Then active is true
      When "sensor" sends:
        """json
        {
          "type": "session.ended", "session_id": "${session}", "timestamp": "2026-01-24T10:30:00Z", "data": {}
        }
        """
      And I wait up to 2 seconds until GET "/ws/sessions/${session}/info" says active is false
      Then status is "ended"
      And nothing was published

    @publishing
    Scenario: A session that ends can publish its own summary
      When "ana" joins the session "${session}" as instructor
      And "sensor" connects to "/ws/session/${session}/events"
      And "sensor" sends:
        """json
        {
          "type": "session.ended", "session_id": "${session}", "timestamp": "2026-01-24T10:30:00Z",
          "data": {
            "publish": true, "session_duration": 1800, "participant_count": 12,
            "breathing_techniques": ["box breathing"], "session_date": "2026-01-24T10:00:00Z"
          }
        }
        """
      Then within 3 seconds the Platform received 1 call to "POST /api/v1/content/publish"
      And within 3 seconds "ana" sees a message like:
        | update_type | summary_published |
        | data.status | success           |
      And the Platform received 1 call to "POST /api/v1/content/publish" like:
        | content_type | session_summary |
        | content      | </12 people/>   |
      And the CRM received nothing
      When I GET "/api/v2/session/${session}/content"
      Then the status is 200
      And content.content contains "12 people"

    @errors
    Scenario Outline: An event with <mistake> gets an error, and the connection lives
      When "ana" joins the session "${session}" as participant
      And "sensor" connects to "/ws/session/${session}/events"
      And "sensor" sends:
        """text
        <event>
        """
      Then within 5 seconds "sensor" sees a message where type is "error"
      And for 100 ms "ana" sees no message where type is "session_update"
      When "sensor" sends:
        """json
        {
          "type": "hrv.milestone", "session_id": "${session}", "timestamp": "2026-01-24T10:00:00Z",
          "data": {"hrv": 61}
        }
        """
      Then within 5 seconds "sensor" sees a message where type is "ack"
      And within 5 seconds "ana" sees a message where update_type is "hrv.milestone"

      Examples:
        | mistake                     | event                                                                                                     |
        | broken JSON                 | {"type": "session.started"                                                                                |
        | no type                     | {"session_id": "${session}", "timestamp": "2026-01-24T10:00:00Z", "data": {}}                             |
        | the name of another session | {"type": "session.started", "session_id": "another", "timestamp": "2026-01-24T10:00:00Z"}                 |
        | a time that is none         | {"type": "session.started", "session_id": "${session}", "timestamp": "now"}                               |
        | data that is no object      | {"type": "session.started", "session_id": "${session}", "timestamp": "2026-01-24T10:00:00Z", "data": [1]} |

@live
Feature: Live sessions
  People breathe together over one WebSocket each. The risks: somebody misses what the instructor says, hears what was
  meant for another session, speaks without being allowed to, or comes back after a lost connection to a gap.

  Background:
    Given I remember "${unique word}" as "session"

  Rule: Everybody in a session sees who comes, speaks and goes

    @smoke
    Scenario Outline: A <role> is welcomed first
      When "ana" joins the session "${session}" as <role>
      Then "ana" sees, in this order:
        | type    | client_id | role   | session_id | participant_count |
        | welcome | ana       | <role> | ${session} | 1                 |
      When I GET "/ws/sessions/${session}/info"
      Then the status is 200
      And all of these hold:
        | session_id        | is "${session}" |
        | active            | is true         |
        | status            | is "active"     |
        | participant_count | is 1            |
      And participants[0].client_id is "ana"
      And participants[0].role is "<role>"

      Examples:
        | role        |
        | participant |
        | instructor  |
        | observer    |
        | admin       |

    @smoke
    Scenario: The others are told who comes and who goes
      When "ana" joins the session "${session}" as instructor
      And "ben" joins the session "${session}" as participant
      Then within 5 seconds "ana" sees a message like:
        | type                   | participant_joined |
        | data.client_id         | ben                |
        | data.role              | participant        |
        | data.participant_count | 2                  |
      When "ben" leaves
      Then within 5 seconds "ana" sees a message like:
        | type                   | participant_left |
        | data.client_id         | ben              |
        | data.participant_count | 1                |
      When I GET "/ws/sessions/${session}/info"
      Then participant_count is 1
      And participants[0].client_id is "ana"

    Scenario: A lost connection is noticed
      When "ana" joins the session "${session}" as instructor
      And "ben" joins the session "${session}" as participant
      And "ben" loses the connection
      Then within 5 seconds "ana" sees a message like:
        | type           | participant_left |
        | data.client_id | ben              |

    Scenario Outline: What a participant says, everybody hears: <kind>
      When "ana" joins the session "${session}" as instructor
      And "ben" joins the session "${session}" as participant
      And "ben" sends:
        """json
        {"type": "<kind>", "data": {"note": "from ben"}}
        """
      Then within 5 seconds "ana" sees a message like:
        | type        | session_update |
        | update_type | <kind>         |
        | client_id   | ben            |
        | role        | participant    |
        | data.note   | from ben       |
      And within 5 seconds "ben" sees a message where update_type is "<kind>"

      Examples:
        | kind               |
        | chat               |
        | hrv_update         |
        | technique_feedback |

    Scenario: Messages arrive in the order in which they were sent
      When "ana" joins the session "${session}" as instructor
      And "ben" joins the session "${session}" as participant
      And "ana" sends:
        """json
        {"type": "chat", "data": {"text": "breathe in"}}
        """
      And "ana" sends:
        """json
        {"type": "chat", "data": {"text": "hold"}}
        """
      And "ana" sends:
        """json
        {"type": "chat", "data": {"text": "breathe out"}}
        """
      Then "ben" sees, in this order:
        | type           | client_id | data.text   |
        | welcome        | ben       |             |
        | session_update | ana       | breathe in  |
        | session_update | ana       | hold        |
        | session_update | ana       | breathe out |

    Scenario: Sessions do not hear each other
      When "ana" joins the session "${session}" as instructor
      And "eve" joins the session "${session}-next-door" as participant
      And "ana" sends:
        """json
        {"type": "chat", "data": {"text": "only for us"}}
        """
      Then within 5 seconds "ana" sees a message where data.text is "only for us"
      And for 200 ms "eve" sees no message where data.text is "only for us"
      And for 200 ms "ana" sees no message where data.client_id is "eve"

  Rule: An observer listens and does not speak

    Scenario: An observer hears the session
      When "olga" joins the session "${session}" as observer
      And "ana" joins the session "${session}" as instructor
      And "ana" sends:
        """json
        {"type": "chat", "data": {"text": "welcome all"}}
        """
      Then "olga" sees, in this order:
        | type               | data.client_id | data.text   |
        | participant_joined | ana            |             |
        | session_update     |                | welcome all |

    @errors
    Scenario Outline: An observer who sends <kind> is told so, and nobody hears it
      When "ana" joins the session "${session}" as instructor
      And "olga" joins the session "${session}" as observer
      And "olga" sends:
        """json
        {"type": "<kind>", "data": {"text": "may I say something"}}
        """
      Then within 5 seconds "olga" sees a message like:
        | type    | error                   |
        | message | </[Oo]bserver.*listen/> |
      And for 200 ms "ana" sees no message where data.text is "may I say something"
      And the connection of "olga" is open
      When I GET "/ws/sessions/${session}/replay"
      Then no messages[*].data.text is "may I say something"

      Examples:
        | kind               |
        | chat               |
        | hrv_update         |
        | technique_feedback |

    Scenario: An observer's heartbeat is answered
      When "olga" joins the session "${session}" as observer
      And "olga" sends:
        """json
        {"type": "heartbeat"}
        """
      Then within 5 seconds "olga" sees a message where type is "heartbeat_ack"

  Rule: A heartbeat keeps a place and disturbs nobody

    Scenario: A heartbeat is answered to its sender alone
      When "ana" joins the session "${session}" as instructor
      And "ben" joins the session "${session}" as participant
      And "ben" sends:
        """json
        {"type": "heartbeat"}
        """
      Then within 5 seconds "ben" sees a message like:
        | type      | heartbeat_ack |
        | timestamp | <date-time>   |
      And for 200 ms "ana" sees no message where type is "heartbeat_ack"
      When I GET "/ws/sessions/${session}/info"
      Then some participants[*] is like:
        | client_id      | ben              |
        | last_heartbeat | <now ± 1 minute> |

  Rule: Nonsense is told to its sender, and the connection lives

    @errors
    Scenario Outline: A participant sends <nonsense>
      When "ana" joins the session "${session}" as instructor
      And "ben" joins the session "${session}" as participant
      And "ben" sends:
        """text
        <text>
        """
      Then within 5 seconds "ben" sees a message like:
        | type    | error       |
        | message | <complaint> |
      And the connection of "ben" is open
      When "ben" sends:
        """json
        {"type": "chat", "data": {"text": "sorry"}}
        """
      Then within 5 seconds "ana" sees a message where data.text is "sorry"
      And for 100 ms "ana" sees no message where type is "error"

      Examples:
        | nonsense                 | text                        | complaint       |
        | broken JSON              | {"type": "chat"             | </JSON/>        |
        | plain text               | hello everybody             | </JSON/>        |
        | a list                   | []                          | </JSON object/> |
        | a message without a type | {"data": {}}                | </type/>        |
        | an unknown type          | {"type": "shout"}           | </shout/>       |
        | data that is no object   | {"type": "chat", "data": 5} | </data/>        |

  Rule: Who may not join is sent away with a reason

    @errors
    Scenario Outline: Joining <how> is closed with 1008
      When "eve" connects to "/ws/live-updates?<query>"
      Then the connection of "eve" is closed with 1008

      Examples:
        | how                       | query                             |
        | without a session         | client_id=eve                     |
        | with an empty session     | session_id=&client_id=eve         |
        | under a role that is none | session_id=calm-evening&role=boss |

    Scenario: Without a role one is a participant, without a name one gets one
      When "guest" connects to "/ws/live-updates?session_id=${session}"
      Then within 5 seconds "guest" sees a message like:
        | type      | welcome     |
        | role      | participant |
        | client_id | <string>    |

    Scenario: Who joins again takes the old place
      When "ana" joins the session "${session}" as participant
      And "phone" connects to "/ws/live-updates?session_id=${session}&client_id=ana&role=participant"
      Then the connection of "ana" is closed with 1000
      And within 5 seconds "phone" sees a message where type is "welcome"
      When I GET "/ws/sessions/${session}/info"
      Then participant_count is 1

  Rule: A broadcast reaches everybody in the session

    @smoke
    Scenario: A broadcast over HTTP
      When "ana" joins the session "${session}" as instructor
      And "ben" joins the session "${session}" as participant
      And "olga" joins the session "${session}" as observer
      And I POST to "/ws/sessions/${session}/broadcast" with:
        """json
        {"type": "announcement", "data": {"text": "five minutes left"}}
        """
      Then the status is 200
      And status is "success"
      And recipients is 3
      And within 5 seconds "ana" sees a message where data.text is "five minutes left"
      And within 5 seconds "ben" sees a message like:
        | type       | announcement      |
        | session_id | ${session}        |
        | data.text  | five minutes left |
      And within 5 seconds "olga" sees a message where data.text is "five minutes left"

    Scenario: An announcement of the session reaches who is there
      When "ana" joins the session "${session}" as participant
      And I POST to "/api/v2/live-announce" with:
        """json
        {
          "session_id": "${session}", "session_duration": 2700, "participant_count": 0,
          "breathing_techniques": ["coherent breathing"], "session_date": "2026-01-24T10:00:00Z"
        }
        """
      Then the status is 200
      And participants_notified is 1
      And I remember content.title as "title"
      And within 5 seconds "ana" sees a message like:
        | type       | live_announcement |
        | data.title | ${title}          |

    @errors
    Scenario Outline: Nobody can <do it> a session that does not exist
      When I POST to "/ws/sessions/${session}/<call>" with:
        """json
        {"type": "announcement", "data": {}}
        """
      Then the status is 404
      And detail contains "${session}"
      And status is absent

      Examples:
        | do it        | call      |
        | broadcast to | broadcast |
        | close        | close     |

    Scenario: A broadcast with the key is marked as the administrator's
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      When "ana" joins the session "${session}" as participant
      And I POST to "/ws/sessions/${session}/broadcast" with:
        """json
        {"type": "announcement", "data": {"text": "the room moves"}, "message": "Please look here"}
        """
      Then the status is 200
      And within 5 seconds "ana" sees a message like:
        | type      | announcement     |
        | role      | admin            |
        | message   | Please look here |
        | data.text | the room moves   |

    @errors @security
    Scenario Outline: With a wrong key nobody can <do it> a session
      When "ana" joins the session "${session}" as participant
      Given every request carries the headers:
        | X-API-Key | guest |
      When I POST to "/ws/sessions/${session}/<call>" with:
        """json
        {"type": "announcement", "data": {"text": "from a stranger"}}
        """
      Then the status is 401
      And detail contains "API key"
      And for 100 ms "ana" sees no message where data.text is "from a stranger"
      And the connection of "ana" is open

      Examples:
        | do it        | call      |
        | broadcast to | broadcast |
        | close        | close     |

    @errors
    Scenario: A broadcast without a type is refused
      When "ana" joins the session "${session}" as participant
      And I POST to "/ws/sessions/${session}/broadcast" with:
        """json
        {"data": {"text": "what am I"}}
        """
      Then the status is 422
      And some detail[*].loc[*] is "type"
      And for 100 ms "ana" sees no message where data.text is "what am I"

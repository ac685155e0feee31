title      a policy that cannot be looked up condemns nobody
client     198.51.100.23 host.fourth.example
helo       host.fourth.example
sender     service@fourth.example
recipient  demo@example.org
dns
  _dmarc.fourth.example SERVFAIL
never      DMARC_FAIL_REJECT
action     accept
---
From: Fourth <service@fourth.example>
To: demo@example.org
Subject: minutes of the meeting
Date: Sat, 21 Nov 2026 18:00:00 +0000
Message-ID: <1@fourth.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Here are the minutes. Please tell me by Friday if anything is missing.

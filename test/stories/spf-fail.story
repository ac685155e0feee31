title      a hard fail of SPF is evidence, not a sentence
client     203.0.113.9 host.fifth.example
helo       host.fifth.example
sender     a@sixth.example
recipient  demo@example.org
dns
  sixth.example TXT "v=spf1 -all"
expect     SPF_FAIL
never      SPF_PASS
action     accept
---
From: Sixth <a@sixth.example>
To: demo@example.org
Subject: forwarded by my old address
Date: Sat, 21 Nov 2026 18:00:00 +0000
Message-ID: <1@sixth.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

This came to you through my old university address, which forwards
everything. The photographs from the summer are on the shared drive.

title      a letter from a friend whose domain vouches for the client is accepted
client     192.0.2.10 mail.friend.example
helo       mail.friend.example
sender     friend@friend.example
recipient  demo@example.org
dns
  friend.example TXT "v=spf1 ip4:192.0.2.10 -all"
  friend.example MX 10 mail.friend.example
  _dmarc.friend.example TXT "v=DMARC1; p=reject"
expect     SPF_PASS DMARC_PASS
never      SPF_FAIL DMARC_REJECT GTUBE
action     accept
---
From: Friend <friend@friend.example>
To: demo@example.org
Subject: the walk on Sunday
Date: Sat, 21 Nov 2026 18:00:00 +0000
Message-ID: <walk-1@friend.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Shall we meet at the station at nine? The forecast is good, and the path
along the river is open again. I will bring tea and the map.

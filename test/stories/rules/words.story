# What the text says, and how it hides what it says.

GTUBE
  hits    XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X
  misses  XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL
BODY_ADVANCE_FEE_KIN
  hits    I write on behalf of a deceased customer of our bank.
  misses  I write on behalf of a customer of our bank.
BODY_ADVANCE_FEE BODY_ADVANCE_FEE_SURE
  hits    This is strictly confidential: help me transfer the funds, 25 million dollars.
  misses  This is strictly confidential: the funds of the club are low.
BODY_ADVANCE_FEE
  hits    Western Union holds 4.5 million dollars for you.
BODY_ADVANCE_FEE_SURE
  misses  Western Union holds 4.5 million dollars for you.
BODY_LOTTERY
  hits    You have won the second place. Claim your prize today.
  misses  The lottery of the school raised money for the library.
BODY_EXTORTION BODY_EXTORTION_ADDRESS
  hits    I recorded you through your webcam. Send bitcoin to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT or I send the video.
  misses  The choir was recorded last night; its video is on our page, and no bitcoins are needed.
BODY_EXTORTION_ADDRESS
  misses  I recorded you through your webcam. I will send the video unless you pay in bitcoin.
BODY_CRYPTO_GAIN
  hits    Guaranteed returns: double your money within a month.
  misses  Nobody can promise returns, and you may lose your money.
BODY_PILLS
  hits    Ch34p V1agra from our online pharmacy.
  misses  The pharmacy on the corner closes at six.
BODY_ADULT
  hits    Hot singles wait for you tonight.
  misses  Hot soup waits for you tonight.
BODY_CASINO
  hits    A casino bonus and free spins for new players.
  misses  The film is set in a casino by the sea.
BODY_LOAN
  hits    Bad credit accepted, instant loan approval in minutes.
  misses  The library's loan of this book ends on Friday.
BODY_WORK_AT_HOME
  hits    Be your own boss and earn $5000 per week.
  misses  I work from the train this week.
BODY_SEO_OFFER
  hits    We bring you to the first page of Google with our SEO services.
  misses  The first page of the report is on our drive.
BODY_BUY_LIST
  hits    We sell an email list of dentists.
  misses  Please add me to the list of speakers.
BODY_OPT_OUT_LAW
  hits    This message is not spam, as you are on an opt-in list.
  misses  Your message went to my spam folder.
BODY_REMOVE_REPLY
  hits    To be removed from our list, reply with REMOVE in the subject.
  misses  Please remove the old chairs from the hall.
BODY_ACT_NOW
  hits    A limited time offer.
  misses  The offer of help stands, as long as you like.
BODY_ACT_NOW_OFTEN
  hits    Act now: a limited time offer, 100% free and risk-free.
  misses  A limited time offer.
BODY_DEAR_ADDRESS BODY_GREETS_ADDRESS
  hits    Dear demo@example.org, read this.
  misses  Dear Demo, read this. My address is ann@sender.example now.
BODY_DEAR_ADDRESS
  hits    Dear customer, read this.
BODY_GAPPY_WORDS
  hits    Buy V-I-A-G-R-A here.
  misses  The rows are marked v, i, a and g.
BODY_FANCY_LETTERS
  hits    𝗪𝗶𝗻𝗻𝗲𝗿𝘀 wanted
  misses  Let 𝗪 and 𝗶 be sets.
BODY_INVISIBLE_CHARS
  hits    ver\xe2\x80\x8bify yo\xe2\x80\x8bur acc\xe2\x80\x8bount pass\xe2\x80\x8bword to\xe2\x80\x8bday or lo\xe2\x80\x8bse it
  misses  ver\xe2\x80\x8bify this, please
BODY_HIDDEN_TEXT
  hits    [html] <p>Buy now</p><div style="display:none">The river rises in the hills, runs past the old mill and the meadows, and meets the sea near the town where we lived for seven years, in a house with a blue door, two cats, a piano nobody could play and a garden full of apple trees. In autumn we made jam, in winter we read, in spring the water came up to the steps, and every summer our cousins came by train from the north with stories of snow. Nobody knew then how short those years would be, nor how often we would speak of them.</div>
  misses  [html] <p>The river rises in the hills.</p><div style="display:none">A note from the river</div>
BODY_HTML_SHOUTS
  hits    THIS OFFER IS FOR YOU AND YOUR FRIENDS. READ IT TODAY, ANSWER IT TODAY, AND TELL EVERYBODY ABOUT IT TODAY, FOR IT ENDS SOON AND WILL NOT COME BACK THIS YEAR. WE SAY SO IN CAPITALS SO THAT NOBODY CAN MISS IT.
  misses  This offer is for YOU and your friends. Read it today, answer it today, and tell everybody about it today, for it ends soon and will not come back this year. We say so in small letters so that nobody is annoyed.
BODY_IMAGE_NO_TEXT
  hits    [html] <a href="http://pictures.example/"><img src="http://pictures.example/a.png"></a> look
  misses  [html] <img src="http://pictures.example/a.png"> This is the picture of the hut that I told you about when we met; the path behind it leads to the lake, and the bench in front of it is the best place of the whole valley to watch the sun go down.
BODY_PARTS_DIFFER
  hits    [Content-Type: multipart/alternative; boundary=cut] --cut\nContent-Type: text/plain\n\nminutes of yesterday's meeting about roof repairs\n--cut\nContent-Type: text/html\n\n<p>Huge discounts everywhere, watches handbags shoes perfume jewelry bracelets sunglasses wallets belts scarves</p>\n--cut--
  misses  [Content-Type: multipart/alternative; boundary=cut] --cut\nContent-Type: text/plain\n\nminutes of yesterday's meeting about roof repairs\n--cut\nContent-Type: text/html\n\n<p>minutes of yesterday's <b>meeting</b> about roof repairs</p>\n--cut--
BODY_SHORT_LINK
  hits    look http://pages.example/x
  misses  Look at what we found on our way to the lake last week, it is on http://pages.example/x now.
BODY_PATCH
  hits    Signed-off-by: Ann Miller <ann@sender.example>\n---\ndiff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c
  misses  diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c
BODY_QUOTED_REPLY
  hits    [In-Reply-To: <12345@example.org>] Yes.\n> shall we meet?\n> at nine?
  misses  Yes.\n> shall we meet?\n> at nine?

# SPDX-License-Identifier: Apache-2.0
# SpamAssassin's Bayes alone, in one process: one command a line on standard input, one answer a line.
#   learn spam|ham PATH -> ok      score PATH -> P(spam), or 0.5 where it says nothing
#   combine DEVIATION S X -> ok: the constants of Robinson's f(w), which its makers fix in Bayes/CombineChi.pm
# Arguments: a folder for its database, then lines of configuration, or of the last kind above.
#
# Reading a message costs far more than learning or scoring it, and each is read for several tasks. So what its own
# reader and tokenizer make of a message is kept beside it (PATH.tokens*); all that follows is its own code too.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use Storable qw(store retrieve);
use Mail::SpamAssassin;

my ($home, @lines) = @ARGV;
my @settings = grep { !/^combine / } @lines;
my $spamtest = Mail::SpamAssassin->new({
  dont_copy_prefs => 1, local_tests_only => 1, userprefs_filename => '/dev/null',
  userstate_dir => $home, home_dir_for_helpers => $home,
  # Of its rules only the names of top-level domains, without which it finds fewer links.
  rules_filename => '/usr/share/spamassassin/20_aux_tlds.cf', site_rules_filename => '/dev/null',
  post_config_text => "use_bayes 1\nbayes_path $home/bayes\nbayes_min_ham_num 1\nbayes_min_spam_num 1\n"
    . "bayes_auto_expire 0\nbayes_auto_learn 0\nbayes_learn_to_journal 0\nuse_learner 1\n"
    . "loadplugin Mail::SpamAssassin::Plugin::Bayes\n" . join('', map { "$_\n" } @settings),
});
$spamtest->init(1);
my ($bayes) = grep { ref($_) eq 'Mail::SpamAssassin::Plugin::Bayes' } @{ $spamtest->{plugins}->{plugins} };
die "no Bayes plugin\n" unless defined $bayes;
# While it is trained the database stays open, as in sa-learn; after that it is opened for each message, as in a scanner.
$spamtest->init_learner({ caller_will_untie => 1, wait_for_lock => 1, learn_to_journal => 0 });

# A message that was read before: what learning and scoring ask of one.
package Known {
  sub generate_msgid { $_[0]->{generated} }
  sub get_msgid { $_[0]->{own} }
  sub receive_date { $_[0]->{time} }
  sub set_tag { }
}

my $kind = substr(sha1_hex(join("\n", @settings)), 0, 8);

sub known {
  my ($path) = @_;
  my $file = "$path.tokens$kind";
  return bless(retrieve($file), 'Known') if -e $file;
  open(my $in, '<:raw', $path) or die "$path: $!\n";
  my @lines = <$in>;
  close $in;
  my $mail = $spamtest->parse(\@lines, 1);
  my $tokens = $bayes->tokenize($mail, $bayes->get_body_from_msg($mail));
  my %kept = (
    generated => scalar($mail->generate_msgid()), own => scalar($mail->get_msgid()), time => scalar($mail->receive_date()),
    tokens => join('', sort keys %$tokens),
  );
  $mail->finish();
  store(\%kept, $file);
  return bless(\%kept, 'Known');
}

sub tokens_of { my ($known) = @_; return { map { $_ => $_ } unpack('(a5)*', $known->{tokens}) } }

sub learn {
  my ($path, $spam) = @_;
  my $known = known($path);
  no warnings qw(redefine once);
  local *Mail::SpamAssassin::Plugin::Bayes::get_body_from_msg = sub { return {} };
  local *Mail::SpamAssassin::Plugin::Bayes::tokenize = sub { return tokens_of($known) };
  $bayes->learn_message({ isspam => $spam, msg => $known });
}

sub score {
  my ($path) = @_;
  my $known = known($path);
  no warnings qw(redefine once);
  local *Mail::SpamAssassin::Plugin::Bayes::_get_msgdata_from_permsgstatus = sub { return {} };
  local *Mail::SpamAssassin::Plugin::Bayes::ignore_message = sub { return 0 };
  local *Mail::SpamAssassin::Plugin::Bayes::tokenize = sub { return tokens_of($known) };
  return $bayes->scan($known, $known);
}

sub combine {
  my ($deviation, $strength, $neutral) = split(' ', $_[0]);
  $Mail::SpamAssassin::Bayes::Combine::MIN_PROB_STRENGTH = $deviation;
  $Mail::SpamAssassin::Bayes::Combine::FW_S_CONSTANT = $strength;
  $Mail::SpamAssassin::Bayes::Combine::FW_X_CONSTANT = $neutral;
  $Mail::SpamAssassin::Bayes::Combine::FW_S_DOT_X = $strength * $neutral;
}
for (@lines) { combine($1) if /^combine (.+)$/ }

$| = 1;
while (my $line = <STDIN>) {
  chomp $line;
  if ($line =~ /^learn (spam|ham) (.+)$/) {
    learn($2, $1 eq 'spam');
    print "ok\n";
  } elsif ($line =~ /^score (.+)$/) {
    my $p = score($1);
    print defined $p ? sprintf("%.17g", $p) : '0.5', "\n";
  } elsif ($line =~ /^combine (.+)$/) {
    combine($1);
    print "ok\n";
  } elsif ($line eq 'flush') {
    $spamtest->finish_learner();
    $spamtest->init_learner({ caller_will_untie => 0, wait_for_lock => 1, learn_to_journal => 0 });
    print "ok\n";
  }
}
$spamtest->finish();

# SPDX-License-Identifier: Apache-2.0
# SpamAssassin's Bayes alone, in one process: one command a line on standard input, one answer a line.
#   learn spam|ham PATH -> ok      score PATH -> P(spam), or 0.5 where it says nothing
use strict;
use warnings;
use Mail::SpamAssassin;
my ($home) = @ARGV;
my $spamtest = Mail::SpamAssassin->new({
  dont_copy_prefs => 1, local_tests_only => 1, userprefs_filename => '/dev/null',
  userstate_dir => $home, home_dir_for_helpers => $home, rules_filename => '/dev/null', site_rules_filename => '/dev/null',
  config_text => "use_bayes 1\nbayes_path $home/bayes\nbayes_min_ham_num 1\nbayes_min_spam_num 1\n"
    . "bayes_auto_expire 0\nbayes_auto_learn 0\nbayes_learn_to_journal 0\nuse_learner 1\n"
    . "loadplugin Mail::SpamAssassin::Plugin::Bayes\n",
});
$spamtest->init(1);
my ($bayes) = grep { ref($_) eq 'Mail::SpamAssassin::Plugin::Bayes' } @{ $spamtest->{plugins}->{plugins} };
die "no Bayes plugin\n" unless defined $bayes;
$| = 1;
sub parsed {
  my ($path) = @_;
  open(my $in, '<:raw', $path) or die "$path: $!\n";
  my @lines = <$in>;
  close $in;
  return $spamtest->parse(\@lines, 1);
}
while (my $line = <STDIN>) {
  chomp $line;
  if ($line =~ /^learn (spam|ham) (.+)$/) {
    my $mail = parsed($2);
    $spamtest->learn($mail, undef, $1 eq 'spam', 0)->finish();
    $mail->finish();
    print "ok\n";
  } elsif ($line =~ /^score (.+)$/) {
    my $mail = parsed($1);
    my $status = Mail::SpamAssassin::PerMsgStatus->new($spamtest, $mail);
    my $p = eval { $bayes->scan($status, $mail) };
    print defined $p ? sprintf("%.17g", $p) : '0.5', "\n";
    $status->finish();
    $mail->finish();
  } elsif ($line eq 'flush') {
    $spamtest->rebuild_learner_caches({ verbose => 0 });
    print "ok\n";
  }
}
$spamtest->finish();

# SPDX-License-Identifier: Apache-2.0
# The rules that SpamAssassin says hit, message by message: paths on standard input, one JSON object a line on standard
# output. Bayes and everything that learns are off; network tests too, where no name server is given.
use strict;
use warnings;
use Mail::SpamAssassin;

my ($rules, $site, $home, $server) = @ARGV;
my $network = $server ? "dns_server $server\ndns_available yes\nrbl_timeout 5 5\n" : '';
my $sa = Mail::SpamAssassin->new({
  rules_filename       => $rules,
  site_rules_filename  => $site,
  userprefs_filename   => '/dev/null',
  home_dir_for_helpers => $home,
  userstate_dir        => $home,
  dont_copy_prefs      => 1,
  local_tests_only     => $server ? 0 : 1,
  # The stock rules hold some for a plugin that the site does not load, and that is always here.
  pre_config_text      => "loadplugin Mail::SpamAssassin::Plugin::FromNameSpoof\n",
  post_config_text     => "use_bayes 0\nuse_learner 0\nbayes_auto_learn 0\ntime_limit 0\n$network",
});
$sa->init(0);
$| = 1;

while (my $path = <STDIN>) {
  chomp $path;
  my $text = contents($path);
  my $mail   = $sa->parse($text);
  my $status = $sa->check($mail);
  my $names  = join ',', grep { $_ ne '' } split(/,/, $status->get_names_of_tests_hit),
    split(/,/, $status->get_names_of_subtests_hit);
  my ($user, $system) = times;
  $path =~ s/(["\\])/\\$1/g;
  printf qq({"path":"%s","rules":"%s","cpuSeconds":%.3f}\n), $path, $names, $user + $system;
  $status->finish;
  $mail->finish;
}

# The separator of lines must be back before anything is parsed.
sub contents {
  my ($path) = @_;
  open(my $file, '<:raw', $path) or die "$path: $!";
  local $/;
  return scalar <$file>;
}

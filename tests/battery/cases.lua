-- The battery's work: for each program a shell script that the test runs once under QEMU and once under jitlab.
--
-- In a script RUN stands for the emulator with the sysroot set, S for the sysroot; full and small choose an amount of
-- work. Each script runs in a folder of its own with text.dat (readable lines) and noise.dat (bytes that do not compress) in
-- it. What it prints, its status, and every file that it leaves must be the same.
return {
  { name = "busybox", work = "checksums, sort, awk, bc, tar, gzip, cpio of files", script = [==[
    bb="$RUN $S/bin/busybox"
    $bb sha1sum text.dat noise.dat
    $bb sort -k2 text.dat | cksum
    $bb awk 'BEGIN { for (i = 0; i < '$(size 60000 3000)'; i++) { s = (s * 31 + i) % 65521; n[i % 97] += s }
        for (i = 0; i < 97; i++) t += n[i]; printf "%d %d %.3f\n", s, t, t / 7 }'
    echo 'scale=40; 4*a(1); 2^200' | $bb bc -l
    $bb tar cf all.tar --mtime=@0 text.dat noise.dat 2>&1 || $bb tar cf all.tar text.dat noise.dat
    $bb gzip -c text.dat >text.gz && $bb gzip -dc text.gz | cmp - text.dat && echo same
    $bb grep -c e text.dat; $bb sed -n '5,9s/a/<&>/gp' text.dat; $bb wc text.dat
    $bb sh -c 'i=0; while [ $i -lt '$(size 3000 200)' ]; do i=$((i + 1)); done; echo $i' ]==] },

  { name = "dash", work = "loops, functions, arithmetic, patterns, here-documents", script = [==[
    cat >script <<'X'
fib() { if [ "$1" -lt 2 ]; then r=$1; else fib $(($1 - 1)); set -- "$1" "$r"; fib $(($1 - 2)); r=$(($2 + r)); fi; }
X
    cat >>script <<X
n=$(size 4000 400)
X
    cat >>script <<'X'
i=0; s=0
while [ $i -lt $n ]; do
  case $i in *7) s=$((s + i)) ;; *3|*9) s=$((s ^ i)) ;; esac
  i=$((i + 1))
done
echo "sum $s"
read -r first <text.dat; echo "${first%% *} ${#first} ${first##* }"
words=0; while read -r a b rest; do words=$((words + ${#a})); [ -n "$b" ] || break; done <text.dat; echo $words
printf '%s|%5d|%-6s|%x|%o\n' text 42 left 255 8 more 7 a 16 9
IFS=:; set -- $(echo a:b:c 2>/dev/null || :) x:y; echo $#
trap 'echo bye; exit 3' EXIT
false || echo "status $?"
X
    sed -i 's/^IFS.*$/IFS=:; v=a:b:c; set -- $v; echo $# $2/' script
    $RUN $S/bin/dash script ]==] },

  { name = "bash", work = "arrays, regular expressions, arithmetic, printf, mapfile", script = [==[
    cat >script <<'X'
declare -A count; declare -a list
mapfile -t -n 400 list <text.dat
for line in "${list[@]}"; do for w in $line; do ((count[$w]++)); done; done
echo "${#list[@]} lines ${#count[@]} words ${count[the]:-0}"
re='^([a-z]+) .* ([a-z]+)$'; hits=0
for line in "${list[@]:0:100}"; do [[ $line =~ $re ]] && ((hits += ${#BASH_REMATCH[2]})); done; echo "hits $hits"
for ((i = 1, f = 1; i <= 20; i++)); do ((f *= i)); done; echo "$f $((f % 1000003)) $((16#ff ** 3))"
s=${list[3]}; echo "${s^^}"; echo "${s//e/E}" ${#s} "${s:2:7}" "${s@Q}"
printf '%-10s|%08.3f|%+d|%q|%(%Y)T\n' name 3.14159 42 'a b' 0
for x in {a..e}{1..3}; do printf '%s ' "$x"; done; echo
printf -v joined '%s,' "${!BASH_VERSINFO[@]}"; echo "$joined"
select_sum() { local -n ref=$1; local t=0 v; for v in "${ref[@]}"; do ((t += v)); done; REPLY=$t; }
nums=(); for ((i = 0; i < LOOPS; i++)); do nums[i]=$((i * i % 1009)); done; select_sum nums; echo "$REPLY"
case $BASH_VERSION in 5.*) echo five ;; esac
exit 7
X
    LOOPS=$(size 3000 300) $RUN $S/bin/bash script ]==] },

  { name = "coreutils", work = "sort, sha256sum, md5sum, ls, seq, tr, cut, wc, od, factor, cp, dd, stat, date", script = [==[
    u="$RUN $S/usr/bin"; b="$RUN $S/bin"
    $u/seq -f '%05g' 1 7 $(size 100000 5000) >numbers; cksum <numbers
    $u/sort --parallel=2 -S 1M -k2,2 -k1,1r text.dat >sorted; $u/sort -rn --parallel=1 numbers | head -n 3
    $u/sha256sum text.dat noise.dat sorted; $u/md5sum noise.dat; $u/b2sum text.dat
    $u/tr a-m A-M <text.dat | cksum; $u/cut -d' ' -f2,4- text.dat | cksum
    $u/wc text.dat noise.dat; $u/uniq -c sorted | cksum
    mkdir dir; $b/cp -p text.dat dir/one; $b/ln -s one dir/two; $b/mkdir -p dir/sub/deeper
    $b/touch -d '2001-02-03 04:05:06 UTC' dir/one dir/sub/deeper dir/sub dir; $b/chmod 640 dir/one
    $b/ls -lnR --time-style=+%s dir/one dir/sub; $b/ls -F dir; $u/stat -c '%n %s %a %Y %h %F' dir/one; $u/stat -c '%n %s %F' dir/two
    $b/mv dir/one dir/three; $b/rm dir/two; $b/readlink -f dir/sub/../three | sed 's|.*/dir|dir|'
    $u/od -A d -t x4 -N 64 noise.dat; $u/factor 1234567891011 600851475143
    $b/dd if=noise.dat of=part bs=1000 count=$(size 60 8) skip=1 2>/dev/null; $u/base64 part | cksum
    $b/date -u -d @1000000000 '+%F %T %A'; $u/expr 6 '*' 7; $u/printf '%.10g\n' 1e10
    $u/truncate -s 12345 part; $u/tac text.dat | cksum; $u/split -n 3 -d text.dat piece.
    $u/shuf --random-source=noise.dat -n 5 numbers; $u/du -b --apparent-size dir/three | cut -f1
    $b/cat no.such.file; echo $? ]==] },

  { name = "pipelines", work = "dash, bash, gawk, perl and python start programs: pipes, substitutions, jobs, exec", script = [==[
    # Under QEMU the shells are MIPS programs and what they start is the host's; under jitlab all of it is MIPS.
    cat >script <<'X'
seq 1 40 | sort -rn | head -n 5 | tr '\n' ' '; echo
n=$(wc -l <text.dat | tr -d ' '); echo "lines $n $(echo nested $(echo "substitution $(expr 3 + 4)"))"
(cd / && echo "subshell in $(pwd)"; exit 4); echo "status $?"
sort text.dat | uniq -c | sort -k1,1nr -k2 | head -n 3 | sed 's/^ *//'
for i in 1 2 3; do (echo "job $i" >job.$i; exit $i) & done; wait; cat job.1 job.2 job.3
sleep 0 & p=$!; wait $p; echo "waited $?"
cat <<Y | tr a-z A-Z
here: $n
Y
trap 'echo usr1' USR1; kill -USR1 $$; echo after
(kill -PIPE $(exec sh -c 'echo $PPID')) 2>/dev/null; echo "killed $?"
find . -name 'job.*' -exec rm {} +; ls job.* 2>/dev/null | wc -l
exec sh -c 'echo "replaced $0 $1"' zero one
X
    $RUN $S/bin/dash script; echo $?; $RUN $S/bin/bash script; echo $?
    echo 'echo "script $0 $# $1"; exit 9' >sub; sed -i '1i#!/bin/sh' sub; chmod +x sub
    $RUN $S/bin/bash -c './sub a b; echo $?; diff <(seq 3) <(seq 2 4); mapfile -t l < <(seq 4); echo ${l[@]}'
    $RUN $S/usr/bin/gawk 'BEGIN { while (("seq 3" | getline x) > 0) s += x; print s
      print "b\na" | "sort"; close("sort"); print system("exit 6") }'
    $RUN $S/usr/bin/perl -e 'print `echo from perl`; print system("exit 3;") >> 8, "\n"; open(my $p, "-|", "seq", 3); print <$p>; close $p;
      defined(my $k = fork) or die; exit 5 unless $k; waitpid($k, 0); print $? >> 8, "\n"'
    $RUN $S/usr/bin/python3.11 -S -c 'import subprocess as s; print(s.run(["tr", "a-z", "A-Z"], input=b"text", capture_output=True))
print(s.run("exit 7", shell=True).returncode, s.check_output("seq 3 | wc -l", shell=True))
try: s.run(["no.such.program"])
except FileNotFoundError as e: print(e)'
    $RUN $S/usr/bin/perl -e 'print system("no.such.program"), " ", $! + 0, "\n"' ]==] },

  { name = "sed", work = "edits of a text, a script with branches and the hold space", script = [==[
    $RUN $S/bin/sed -E 's/([a-z]+) ([a-z]+)/\2 \1/g; y/abc/ABC/; /^q/d' text.dat >out; cksum out
    $RUN $S/bin/sed -n '$!{h;d}; x;G;p' text.dat
    $RUN $S/bin/sed ':a;N;$!ba;s/\n/+/g' numbers.dat | cksum
    cp text.dat copy; $RUN $S/bin/sed -i.old '1~3d;s/e/&&/2' copy; cksum copy copy.old ]==] },

  { name = "grep", work = "basic, extended, fixed and Perl patterns; recursion", script = [==[
    g="$RUN $S/bin/grep"
    $g -c the text.dat; $g -E -c '(an|on|in)g? .*(ed|er)$' text.dat; $g -n -m 3 -w and text.dat
    $g -P -o '\b(?=w)[a-z]{4,}(?<!s)\b' text.dat | cksum; $g -F -f words.dat -c text.dat; $g -v -i -c E text.dat
    mkdir -p d/e; cp words.dat d/e/w; cp text.dat d/t; $g -r -l -Z the d | tr '\0' '\n' | sort; $g nothing.here text.dat; echo $? ]==] },

  { name = "gawk", work = "word counts, arithmetic, arrays, regular expressions, big numbers", script = [==[
    $RUN $S/usr/bin/gawk '{ for (i = 1; i <= NF; i++) n[$i]++ } END { PROCINFO["sorted_in"] = "@val_num_desc"
        for (w in n) { print n[w], w; if (++k == 5) break } }' text.dat
    $RUN $S/usr/bin/gawk -v n=$(size 150000 5000) 'BEGIN { x = 1; for (i = 0; i < n; i++) { x = (x * 69069 + 1) % 4294967296; s += sqrt(x) }
        printf "%d %.6f\n", x, s }'
    $RUN $S/usr/bin/gawk -M 'BEGIN { print 2^300 % 10^30, 3^200 }'
    $RUN $S/usr/bin/gawk '{ print gensub(/([a-z])([a-z]*)/, "\\2\\1", "g"), strftime("%F", NR * 86400, 1) }' text.dat | cksum ]==] },

  { name = "gzip", work = "compress at levels 1 and 9, decompress, compare", script = [==[
    for l in 1 9; do
      $RUN $S/bin/gzip -n -$l <text.dat >t.$l.gz; cksum t.$l.gz
      $RUN $S/bin/gzip -dc t.$l.gz | cmp - text.dat && echo same
    done
    $RUN $S/bin/gzip -n <noise.dat >n.gz; $RUN $S/bin/gzip -tv n.gz; $RUN $S/bin/gzip -l t.9.gz ]==] },
  { name = "bzip2", work = "compress, test, decompress, compare", script = [==[
    $RUN $S/bin/bzip2 -9 -k text.dat; cksum text.dat.bz2; $RUN $S/bin/bzip2 -tv text.dat.bz2
    $RUN $S/bin/bzip2 -dc text.dat.bz2 | cmp - text.dat && echo same ]==] },
  { name = "xz", work = "compress, list, decompress, compare", script = [==[
    $RUN $S/usr/bin/xz -$(size 6 1) -T1 -k text.dat; cksum text.dat.xz; $RUN $S/usr/bin/xz --robot -l text.dat.xz
    $RUN $S/usr/bin/xz -dc text.dat.xz | cmp - text.dat && echo same ]==] },
  { name = "zstd", work = "with its threads: compress at levels 3 and 15, decompress, compare", script = [==[
    z="$RUN $S/usr/bin/zstd -q"
    for l in 3 $(size 15 7); do
      $z -$l -o t.$l.zst text.dat; cksum t.$l.zst; $z -dc t.$l.zst | cmp - text.dat && echo same
    done
    $z -t t.3.zst noise.dat; echo $? ]==] },

  { name = "lua5.4", work = "strings, tables, closures, coroutines, floating point", script = [==[
    cat >script <<'X'
local n = tonumber(arg[1])
local words = {}
for line in io.lines("text.dat") do for w in line:gmatch("%a+") do words[w] = (words[w] or 0) + 1 end end
local list = {}
for w, k in pairs(words) do list[#list + 1] = ("%s=%d"):format(w, k) end
table.sort(list); print(#list, table.concat(list, " ", 1, 5))
local s, x = 0.0, 0.5
for i = 1, n do x = 3.99 * x * (1 - x); s = s + math.sin(x) * math.sqrt(i) end
print(("%.12f %.12f"):format(x, s))
local gen = coroutine.wrap(function() for i = 1, 5000 do coroutine.yield(i * i) end end)
local t = 0; for _ = 1, 5000 do t = (t * 3 + gen()) & 0xffffffff end; print(t)
print(string.pack("<i4>d", -7, 1.5):byte(1, -1)); print(2^53 // 3, 7 // -2, -7 % 3, 1e300 * 1e10, math.tointeger(3.0))
print(pcall(error, { code = 1 }), select("#", table.unpack({}, 1, 3)), os.date("!%F", 86400 * 365))
X
    $RUN $S/usr/bin/lua5.4 script $(size 200000 5000) ]==] },

  { name = "perl", work = "a script with modules: digests, sorting, data dumps, regular expressions", script = [==[
    cat >script <<'X'
use strict; use warnings; use List::Util qw(sum reduce shuffle);
use Digest::SHA qw(sha256_hex); use Digest::MD5 qw(md5_hex);
use Data::Dumper;
use POSIX qw(floor strftime); use MIME::Base64; use Time::Local; use Math::BigInt;
my $n = shift; $Data::Dumper::Sortkeys = 1; $Data::Dumper::Indent = 1;
open(my $f, '<', 'text.dat') or die; local $/; my $t = <$f>; close $f;
print sha256_hex($t), " ", md5_hex($t), "\n";
my %c; $c{length $_}++ for $t =~ /\w+/g; print Dumper(\%c);
my $x = 1; my $s = 0; for my $i (1 .. $n) { $x = ($x * 16807) % 2147483647; $s += $x / $i } printf "%d %.9g\n", $x, $s;
print join(",", (sort { $b <=> $a } map { $_ * 7919 % 1009 } 1 .. 300)[0 .. 9]), "\n";
print encode_base64(pack("N n C a4 d<", 1, 2, 3, "abcd", 1.25)), strftime("%F %T", gmtime(86399)), "\n";
print Math::BigInt->new(2)->bpow(128)->bstr, "\n"; (my $u = $t) =~ s/(\w)(\w*)/\U$1\E$2/g; print md5_hex($u), "\n";
my @m = sort grep { /^(.)(.).*\2\1$/ } keys %{{ map { $_ => 1 } split ' ', $t }}; print "@m[0 .. ($#m < 4 ? $#m : 4)]\n";
die "end\n";
X
    # QEMU does not look into the sysroot for what perl asks of its modules first (statx)
    l=$S/usr/lib/mipsel-linux-gnu
    PERL5LIB=$l/perl/5.36:$S/usr/share/perl/5.36:$l/perl-base $RUN $S/usr/bin/perl script $(size 100000 5000) ]==] },

  { name = "sqlite3", work = "create, fill, index, query, update; transactions, windows, recursion", script = [==[
    cat >sql <<X
PRAGMA journal_mode=$(size wal delete);
CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, value REAL);
BEGIN; WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $(size 20000 800))
INSERT INTO t SELECT i, printf('%08x', i * 2654435761 % 4294967296), i * 1.5 FROM c; COMMIT;
X
    cat >>sql <<'X'
CREATE INDEX by_name ON t (name);
SELECT count(*), sum(value), min(name), max(name) FROM t;
SELECT * FROM t WHERE name BETWEEN '40000000' AND '40400000' ORDER BY name;
EXPLAIN QUERY PLAN SELECT * FROM t WHERE name = '12345678';
UPDATE t SET value = value / 3 WHERE id % 7 = 0; DELETE FROM t WHERE id % 11 = 0;
SELECT id % 10 AS k, count(*), round(avg(value), 6), group_concat(id) FILTER (WHERE id < 60) FROM t GROUP BY k;
SELECT id, sum(value) OVER (ORDER BY id ROWS 3 PRECEDING) FROM t WHERE id < 20;
SELECT json_extract('{"a":[1,2,{"b":3}]}', '$.a[2].b'), upper('abc'), hex(zeroblob(3)), 7/2, 7%4, abs(-3);
SELECT date(86400, 'unixepoch'), strftime('%s', '2001-02-03 04:05:06');
PRAGMA integrity_check;
VACUUM;
X
    $RUN $S/usr/bin/sqlite3 -batch data.db <sql; $RUN $S/usr/bin/sqlite3 data.db .dump | cksum
    $RUN $S/usr/bin/sqlite3 -json data.db 'SELECT * FROM t ORDER BY name LIMIT 2'
    $RUN $S/usr/bin/sqlite3 data.db 'SELECT nothing'; echo $? ]==] },

  { name = "python3.11", work = "a script with modules: json, hashlib, re, zlib, struct, decimal, collections", script = [==[
    cat >script <<'X'
import sys, json, hashlib, re, zlib, struct, decimal, collections, itertools, math, base64, datetime, fractions, os
n = int(sys.argv[1])
text = open("text.dat").read()
print(hashlib.sha256(text.encode()).hexdigest(), hashlib.blake2b(text.encode()).hexdigest()[:32], zlib.crc32(text.encode()))
count = collections.Counter(re.findall(r"\w+", text))
print(sorted(count.items(), key=lambda i: (-i[1], i[0]))[:5])
packed = zlib.compress(text.encode(), 6); assert zlib.decompress(packed).decode() == text
print(len(packed), hashlib.md5(packed).hexdigest())
data = {"a": [1, 2.5, None, True], "b": {"c": "\u00e9", "d": 1e100}}
print(json.dumps(data, sort_keys=True), json.loads(json.dumps(data)) == data)
decimal.getcontext().prec = 50; print(decimal.Decimal(2).sqrt(), fractions.Fraction(355, 113) ** 3)
print(sum(i * i % 7 for i in range(n)), math.fsum(math.sin(i) / (i + 1) for i in range(n // 10)))
print(pow(3, 2000, 10 ** 40 + 1), 2 ** 200 // 3 ** 50)
print(struct.pack("<hiqd", -1, 2, -3, 1.5).hex(), base64.b85encode(bytes(range(20))).decode())
print(list(itertools.islice(itertools.permutations("abcd", 3), 5)))
print(datetime.datetime.fromtimestamp(10 ** 9, datetime.timezone.utc).isoformat())
class Node:
    def __init__(self, depth): self.kids = [Node(depth - 1) for _ in range(2)] if depth else []
    def size(self): return 1 + sum(k.size() for k in self.kids)
print(Node(10 if n > 50000 else 5).size(), sorted(os.listdir(".")), os.stat("text.dat").st_size)
try: {}["missing"]
except KeyError as e: print("caught", repr(e))
sys.exit(5)
X
    PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 $RUN $S/usr/bin/python3.11 -S script $(size 100000 4000) ]==] },

  { name = "openssl", work = "digests, ciphers, an RSA key made, signed with and verified, Ed25519, big numbers", script = [==[
    o="$RUN $S/usr/bin/openssl"
    for d in sha1 sha512 sha3-256 blake2s256; do $o dgst -$d noise.dat; done
    key="-K 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f -iv 0f0e0d0c0b0a09080706050403020100"
    for c in aes-256-cbc aes-128-ctr chacha20 camellia-128-cbc; do
      $o enc -$c $key -in noise.dat -out c.$c 2>&1; cksum c.$c
    done
    $o enc -d -aes-256-cbc $key -in c.aes-256-cbc | cmp - noise.dat && echo same
    echo MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f | base64 -d >ed.der
    $o pkey -inform DER -in ed.der -pubout -out ed.pub
    $o pkeyutl -sign -inkey ed.der -keyform DER -rawin -in text.dat -out ed.sig; cksum ed.sig
    $o pkeyutl -verify -pubin -inkey ed.pub -rawin -in text.dat -sigfile ed.sig
    $o genrsa -out rsa.key $(size 1024 512) 2>/dev/null; $o rsa -in rsa.key -pubout -out rsa.pub 2>/dev/null
    $o dgst -sha256 -sign rsa.key -out rsa.sig text.dat
    $o dgst -sha256 -verify rsa.pub -signature rsa.sig text.dat; rm rsa.*
    $o prime $(size 170141183460469231731687303715884105727 2305843009213693951); $o rand -hex 8 | wc -c
    $o dgst -sha256 -hmac key text.dat; $o pkeyutl -bad; echo $? ]==] },

  { name = "ld.so", work = "the dynamic linker as the program: runs and checks others", script = [==[
    $RUN $S/lib/ld.so.1 $S/bin/sed -n 2p text.dat; $RUN $S/lib/ld.so.1 --verify $S/bin/sed; echo $?
    $RUN $S/lib/ld.so.1 --preload libatomic.so.1 $S/bin/grep -c a text.dat; $RUN $S/lib/ld.so.1 no.such.program; echo $? ]==] },
}

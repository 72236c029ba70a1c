/**
 * The small shell scripts that enter a container, for any POSIX shell. Their own variables begin with `_sublet_`, and no
 * variable of the container may: what its pod's author has written is data here and takes effect only in the program. They
 * report on file descriptor 3 (see `start-report.ts`); from 4 on, the container's cgroups are open (see `child.ts`).
 */

/** Joins the cgroups whose files are open from 4 up to `_sublet_fds`. */
const JOIN_HELD = `
_sublet_n=4
while [ "$_sublet_n" -lt "$_sublet_fds" ]; do
  eval "echo 0 >&$_sublet_n; exec $_sublet_n>&-"
  _sublet_n=$((_sublet_n + 1))
done`

/**
 * Builds the container's root as the table says, and leaves the machine's behind. What is to join its pod's processes has no
 * /proc of its own yet: it takes the machine's along until it is there (see START_JOINED).
 */
const BUILD_ROOT = `
{ echo "$_sublet_hostname" >/proc/sys/kernel/hostname; } 2>/dev/null ||
  hostname "$_sublet_hostname" 2>/dev/null || :
"$_sublet_mount" --all --fstab "$_sublet_fstab"
[ -z "$_sublet_pause" ] || "$_sublet_mount" --rbind /proc "$_sublet_root/proc"
cd "$_sublet_root"
"$_sublet_pivot_root" . mnt
cd /
"$_sublet_umount" -l /mnt
[ -z "$_sublet_readonly" ] || "$_sublet_mount" -o remount,bind,ro /`

/**
 * Takes the container's variables, its working directory and its user, looks for the program, and becomes it. Variables that
 * would change what the helpers do are given to `env`, after privileges were dropped.
 */
const BECOME_PROGRAM = `
set +e
_sublet_n=0
while [ "$_sublet_n" -lt "$_sublet_env" ]; do
  eval "_sublet_pair=\\$_sublet_env_$_sublet_n; unset _sublet_env_$_sublet_n"
  export "$_sublet_pair"
  _sublet_n=$((_sublet_n + 1))
done
cd "$_sublet_folder" 2>/dev/null || { echo 'missing folder' >&3; exit 126; }
_sublet_fault=path
case $_sublet_program in
*/*)
  _sublet_fault=file
  [ ! -e "$_sublet_program" ] || _sublet_fault=denied
  if [ -f "$_sublet_program" ] && [ -x "$_sublet_program" ]; then _sublet_fault=; fi ;;
*)
  IFS=:
  for _sublet_dir in $PATH; do
    if [ -f "$_sublet_dir/$_sublet_program" ] && [ -x "$_sublet_dir/$_sublet_program" ]; then _sublet_fault=; break; fi
  done
  unset IFS ;;
esac
[ -z "$_sublet_fault" ] || { echo "missing $_sublet_fault" >&3; exit 127; }
if [ "$_sublet_late" -gt 0 ]; then
  _sublet_n=0
  while [ "$_sublet_n" -lt "$_sublet_late" ]; do
    eval "_sublet_pair=\\$_sublet_late_$_sublet_n; unset _sublet_late_$_sublet_n"
    set -- "$_sublet_pair" "$@"
    _sublet_n=$((_sublet_n + 1))
  done
  set -- /usr/bin/env "$@"
fi
set -- $_sublet_privileges "$@"
unset _sublet_n _sublet_env _sublet_late _sublet_pair _sublet_folder _sublet_fault _sublet_dir _sublet_privileges \\
  _sublet_pid _sublet_program _sublet_hostname _sublet_fstab _sublet_root _sublet_readonly _sublet_fds \\
  _sublet_mount _sublet_umount _sublet_pivot_root _sublet_nsenter _sublet_pause _sublet_locked _sublet_next PWD OLDPWD
echo run >&3
exec "$@" 3>&-`

/** Tells the script's pid as the machine numbers it, whose /proc is still there. */
const TELL_PID = `
read -r _sublet_pid _ </proc/self/stat
echo "pid $_sublet_pid" >&3`

/** First process of a container's namespaces: `PROGRAM ARGUMENT…`. */
export const START: string = `set -ef\n${TELL_PID}\n${JOIN_HELD}\n${BUILD_ROOT}\n${BECOME_PROGRAM}`

/**
 * Goes from the machine's processes to those of the pod, whose first one `_sublet_pause` is, and on with the script in `$1`.
 * Only when its root is made: who is there already would see the machine's files through `/proc/PID/root`.
 */
const JOIN_POD = `
_sublet_next=$1
shift
exec "$_sublet_nsenter" "--pid=/proc/$_sublet_pause/ns/pid" /bin/sh -c "$_sublet_next" sublet-start "$@"`

/** The pod's processes in place of the machine's: the kernel wants one to be there before it shows another in a user namespace. */
const CHANGE_PROC = `
"$_sublet_mount" -n -t proc -o nosuid,nodev,noexec proc /mnt
"$_sublet_umount" -n -l /proc
"$_sublet_mount" -n --move /mnt /proc
for _sublet_dir in $_sublet_locked; do
  "$_sublet_mount" -n -o bind,ro "$_sublet_dir" "$_sublet_dir"
done`

/** First process of a container that joins its pod's processes: `NEXT PROGRAM ARGUMENT…`, where NEXT is `JOINED`. */
export const START_JOINED: string = `set -ef\n${JOIN_HELD}\n${BUILD_ROOT}\n${JOIN_POD}`

/** What goes on among the pod's processes: `PROGRAM ARGUMENT…`. */
export const JOINED: string = `set -ef\n${TELL_PID}\n${CHANGE_PROC}\n${BECOME_PROGRAM}`

/** A command that `nsenter` has brought into the container: `PROGRAM ARGUMENT…`. */
export const RUN: string = `set -ef\n${JOIN_HELD}\n${BECOME_PROGRAM}`

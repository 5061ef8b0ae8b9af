package awsfake

// target is what AssociateKmsKey and DisassociateKmsKey act on: a log group, or
// the query results of an account.
type target struct {
	group        *groupRecord
	queryResults bool
	arn          string // as KMS sees it
	name         string // as messages quote it
}

// targetRequest is the part of the input that names the target.
type targetRequest struct {
	LogGroupName       *string
	ResourceIdentifier *string
	KmsKeyID           *string
}

// findTarget checks how the target is named, then whether it exists.
func (w *World) findTarget(r *request, in targetRequest) (target, error) {
	if (in.LogGroupName == nil) == (in.ResourceIdentifier == nil) {
		return target{}, invalid("Exactly one of logGroupName and resourceIdentifier must be given.")
	}
	name := ""
	if in.LogGroupName != nil {
		if err := checkGroupName(in.LogGroupName); err != nil {
			return target{}, err
		}
		name = *in.LogGroupName
	} else {
		identifier := *in.ResourceIdentifier
		if err := identifierPattern.check(identifier, "resourceIdentifier", 1, 2048); err != nil {
			return target{}, err
		}
		if identifier == QueryResultARN(r.account, r.region) {
			return target{queryResults: true, arn: identifier, name: identifier}, nil
		}
		var ok bool
		if name, ok = groupNameIn(identifier, r.scope); !ok || !groupNamePattern.MatchString(name) {
			return target{}, invalid("The specified resourceIdentifier is invalid.")
		}
	}
	if reserved(name) {
		return target{}, errReservedName
	}
	g, err := w.visibleGroup(r.scope, name)
	return target{group: g, arn: LogGroupARN(r.account, r.region, name), name: name}, err
}

func (w *World) associateKmsKey(r *request) (any, error) {
	in, err := decode[targetRequest](r)
	if err != nil {
		return nil, err
	}
	if in.KmsKeyID == nil {
		return nil, missing("kmsKeyId")
	}
	if len(*in.KmsKeyID) > 256 {
		return nil, violates(*in.KmsKeyID, "kmsKeyId", "have length less than or equal to 256")
	}
	t, err := w.findTarget(r, in)
	if err != nil {
		return nil, err
	}
	if err := w.checkLogsKey(r, *in.KmsKeyID, t.name, t.arn); err != nil {
		return nil, err
	}
	if t.queryResults {
		w.setQueryResultKey(r.scope, *in.KmsKeyID)
	} else {
		w.setGroupKey(r.scope, t.group, *in.KmsKeyID)
	}
	return nil, nil
}

func (w *World) disassociateKmsKey(r *request) (any, error) {
	in, err := decode[targetRequest](r)
	if err != nil {
		return nil, err
	}
	t, err := w.findTarget(r, in)
	if err != nil {
		return nil, err
	}
	if t.queryResults {
		w.setQueryResultKey(r.scope, "")
	} else {
		w.setGroupKey(r.scope, t.group, "")
	}
	return nil, nil
}

func (w *World) setGroupKey(s scope, g *groupRecord, key string) {
	before := g.key
	g.key = w.oneCopy(key)
	if before != key {
		w.changed(Change{Kind: GroupKey, Account: s.account, Region: s.region, Resource: g.name, Before: before, After: key})
	}
}

func (w *World) setQueryResultKey(s scope, key string) {
	before := w.queryResults[s]
	if key == "" {
		delete(w.queryResults, s)
	} else {
		w.queryResults[s] = key
	}
	if before != key {
		w.changed(Change{Kind: QueryResultKey, Account: s.account, Region: s.region, Before: before, After: key})
	}
}

// checkLogsKey says whether CloudWatch Logs can take a key for a resource. Name
// is what messages call the resource.
func (w *World) checkLogsKey(r *request, key, name, resourceARN string) error {
	a, ok := parseARN(key)
	if !ok || a.service != "kms" || a.region != r.region || a.partition != Partition(r.region) || len(a.resource) < 5 || a.resource[:4] != "key/" {
		return keyNotFound(name)
	}
	k := w.keys[key]
	if k == nil {
		return keyNotAllowed(resourceARN)
	}
	if w.isDenied(r, "kms:DescribeKey", k.arn) {
		return r.accessDenied("kms:DescribeKey", k.arn, "because no identity-based policy allows the {action} action")
	}
	if err := w.mayDescribe(r, k); err != nil {
		return err
	}
	if !k.admitsLogs(r.scope, resourceARN) {
		return keyNotAllowed(resourceARN)
	}
	if k.State != Enabled || !k.symmetric() {
		return errKeyNotValidated
	}
	return nil
}

// QueryResultKey returns the key that an account's query results are stored
// under, or nothing.
func (w *World) QueryResultKey(account, region string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if account == "" {
		account = w.account
	}
	return w.queryResults[scope{account, region}]
}
